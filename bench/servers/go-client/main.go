// The same job with Go's official client: go-client PORT GATEWAY_URL ACCOUNT_COUNT
//
// A custom collector sends the signed request over net/http's kept connections for each scrape and makes gauges of the
// answer; promhttp does the rest.
package main

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type balance struct {
	Total     string `json:"totalBalance"`
	Hold      string `json:"holdBalance"`
	Available string `json:"availableBalance"`
}

var balanceDesc = prometheus.NewDesc("thedex_balance", "Balance.", []string{"currency", "kind"}, nil)

type balances struct {
	url    string
	key    string
	secret []byte
	client *http.Client
}

func (b *balances) Describe(ch chan<- *prometheus.Desc) { ch <- balanceDesc }

func (b *balances) Collect(ch chan<- prometheus.Metric) {
	answer, err := b.read()
	if err != nil {
		ch <- prometheus.NewInvalidMetric(balanceDesc, err)
		return
	}
	for _, entry := range answer {
		for currency, found := range entry {
			kinds := [3][2]string{{"total", found.Total}, {"hold", found.Hold}, {"available", found.Available}}
			for _, kind := range kinds {
				value, err := strconv.ParseFloat(kind[1], 64)
				if err != nil {
					continue
				}
				ch <- prometheus.MustNewConstMetric(balanceDesc, prometheus.GaugeValue, value, currency, kind[0])
			}
		}
	}
}

func (b *balances) read() ([]map[string]balance, error) {
	const body = "{}"
	payload := base64.StdEncoding.EncodeToString([]byte(body))
	mac := hmac.New(sha512.New, b.secret)
	mac.Write([]byte(payload))
	request, err := http.NewRequest("POST", b.url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-EX-APIKEY", b.key)
	request.Header.Set("X-EX-PAYLOAD", payload)
	request.Header.Set("X-EX-SIGNATURE", hex.EncodeToString(mac.Sum(nil)))
	response, err := b.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	var answer []map[string]balance
	return answer, json.Unmarshal(text, &answer)
}

func main() {
	port, gateway := os.Args[1], os.Args[2]
	count, err := strconv.Atoi(os.Args[3])
	if err != nil {
		panic(err)
	}
	client := &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	}
	options := promhttp.HandlerOpts{EnableOpenMetrics: true, DisableCompression: true}
	handlerOf := func(account int, own bool) http.Handler {
		registry := prometheus.NewRegistry()
		registry.MustRegister(&balances{
			url:    gateway + "api/v1/balances",
			key:    fmt.Sprintf("api-key-%d", account),
			secret: []byte(fmt.Sprintf("secret-key-%d", account)),
			client: client,
		})
		if own {
			registry.MustRegister(collectors.NewGoCollector())
			registry.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		}
		return promhttp.HandlerFor(registry, options)
	}
	accounts := map[string]http.Handler{}
	for index := 0; index < count; index++ {
		accounts[fmt.Sprintf("account%d", index)] = handlerOf(index, false)
	}
	http.Handle("/metrics", handlerOf(0, true))
	http.HandleFunc("/probe", func(writer http.ResponseWriter, request *http.Request) {
		accounts[request.URL.Query().Get("target")].ServeHTTP(writer, request)
	})
	panic(http.ListenAndServe("127.0.0.1:"+port, nil))
}
