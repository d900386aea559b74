{{/* How a page is scraped, in all kinds of the operator. The interval is not here, since one kind calls it otherwise. */}}
{{- define "thedex-exporter.scraping" -}}
scrapeTimeout: {{ .scrapeTimeout }}
{{- with .basicAuth }}
basicAuth:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The metadata of such an object, from: root, monitor, suffix of the name. */}}
{{- define "thedex-exporter.monitorMetadata" -}}
{{- include "thedex-exporter.metadata" (dict "root" .root "suffix" .suffix "namespace" .monitor.namespace "labels" .monitor.labels "annotations" .monitor.annotations) -}}
{{- end }}

{{/* The endpoint of /metrics in a ServiceMonitor or PodMonitor, from: root, monitor. */}}
{{- define "thedex-exporter.endpoint" -}}
- port: http
  path: {{ .root.Values.web.routePrefix }}{{ .root.Values.web.telemetryPath }}
  scheme: {{ include "thedex-exporter.scheme" .root }}
  interval: {{ .monitor.interval }}
  {{- include "thedex-exporter.scraping" .monitor | nindent 2 }}
  relabelings:
    # The same for every pod of this release, and another for every other release: what Prometheus keeps of an account
    # outlives the pod that read it.
    - targetLabel: instance
      replacement: {{ include "thedex-exporter.address" .root }}
    - targetLabel: service
      replacement: {{ include "thedex-exporter.fullname" .root }}
    {{- with .monitor.relabelings }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{/* What makes an account of a target that is the name of one, and the exporter what is scraped. */}}
{{- define "thedex-exporter.accountRelabelings" -}}
- sourceLabels: [__param_target]
  targetLabel: account
- targetLabel: instance
  replacement: {{ include "thedex-exporter.address" .root }}
{{- with .monitor.relabelings }}
{{ toYaml . }}
{{- end }}
{{- end }}
