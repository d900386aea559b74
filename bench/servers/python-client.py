"""The same job with the official Python client: python3 python-client.py PORT GATEWAY_URL ACCOUNT_COUNT

A custom collector sends the signed request over a kept connection of http.client for each scrape and makes gauges of the
answer; the client's own WSGI application and threading server do the rest.
"""

import base64
import hashlib
import hmac
import http.client
import json
import queue
import sys
from urllib.parse import parse_qs, urlsplit

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import ThreadingWSGIServer, _SilentHandler
from wsgiref.simple_server import make_server

KINDS = (("total", "totalBalance"), ("hold", "holdBalance"), ("available", "availableBalance"))


class Balances:
    def __init__(self, gateway, api_key, secret_key):
        self.gateway = gateway
        self.api_key = api_key
        self.secret_key = secret_key.encode()
        self.idle = queue.LifoQueue()

    def read(self):
        body = b"{}"
        payload = base64.b64encode(body)
        headers = {
            "Content-Type": "application/json",
            "X-EX-APIKEY": self.api_key,
            "X-EX-PAYLOAD": payload.decode(),
            "X-EX-SIGNATURE": hmac.new(self.secret_key, payload, hashlib.sha512).hexdigest(),
        }
        try:
            connection = self.idle.get_nowait()
        except queue.Empty:
            connection = http.client.HTTPConnection(self.gateway.hostname, self.gateway.port, timeout=10)
        connection.request("POST", f"{self.gateway.path}api/v1/balances", body, headers)
        answer = json.loads(connection.getresponse().read())
        self.idle.put(connection)
        return answer

    def collect(self):
        gauge = GaugeMetricFamily("thedex_balance", "Balance.", labels=("currency", "kind"))
        for entry in self.read():
            for currency, balance in entry.items():
                for kind, field in KINDS:
                    gauge.add_metric((currency, kind), float(balance[field]))
        yield gauge


def applications(gateway, account_count):
    """One per account, and one for the default account together with the client's default metrics."""
    own = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=own)
    PlatformCollector(registry=own)
    GCCollector(registry=own)
    own.register(Silent(Balances(gateway, "api-key-0", "secret-key-0")))
    named = {}
    for index in range(account_count):
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Silent(Balances(gateway, f"api-key-{index}", f"secret-key-{index}")))
        named[f"account{index}"] = make_wsgi_app(registry)
    return make_wsgi_app(own), named


class Silent:
    """Keeps a collector from being asked for its metrics when it is registered."""

    def __init__(self, collector):
        self.collect = collector.collect

    def describe(self):
        return []


def main():
    port, gateway, account_count = sys.argv[1:]
    default, named = applications(urlsplit(gateway), int(account_count))

    def route(environ, start_response):
        target = parse_qs(environ.get("QUERY_STRING", "")).get("target")
        return (named[target[0]] if target else default)(environ, start_response)

    make_server("127.0.0.1", int(port), route, ThreadingWSGIServer, handler_class=_SilentHandler).serve_forever()


main()
