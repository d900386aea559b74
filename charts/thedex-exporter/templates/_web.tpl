{{/* "true" if the pages are served over HTTPS. */}}
{{- define "thedex-exporter.hasTls" -}}
{{- $web := .Values.web -}}
{{- if or $web.tls.enabled $web.tls.existingSecret $web.config.tls_server_config -}}true{{- end -}}
{{- end }}

{{- define "thedex-exporter.scheme" -}}
{{ eq (include "thedex-exporter.hasTls" .) "true" | ternary "https" "http" }}
{{- end }}

{{/* "true" if clients have to show a certificate, which the kubelet cannot. */}}
{{- define "thedex-exporter.requiresClientCertificate" -}}
{{- $types := list "RequireAnyClientCert" "RequireAndVerifyClientCert" -}}
{{- if or .Values.web.tls.clientCertificateRequired (has (dig "tls_server_config" "client_auth_type" "" .Values.web.config) $types) -}}true{{- end -}}
{{- end }}

{{/* The web configuration that this chart makes; empty if it makes none. */}}
{{- define "thedex-exporter.webConfig" -}}
{{- $config := deepCopy .Values.web.config -}}
{{- with .Values.web.tls -}}
{{- if .existingSecret -}}
{{- $folder := "/etc/thedex-exporter/tls" -}}
{{- $tls := dict "cert_file" (printf "%s/tls.crt" $folder) "key_file" (printf "%s/tls.key" $folder) -}}
{{- if .clientCertificateRequired -}}
{{- $_ := set $tls "client_auth_type" "RequireAndVerifyClientCert" -}}
{{- $_ := set $tls "client_ca_file" (printf "%s/ca.crt" $folder) -}}
{{- end -}}
{{- $config = merge $config (dict "tls_server_config" $tls) -}}
{{- end -}}
{{- end -}}
{{- if and $config (not .Values.web.existingConfigSecret) -}}
{{ toYaml $config }}
{{- end -}}
{{- end }}

{{/* The Secret that holds web-config.yml; empty if there is none. */}}
{{- define "thedex-exporter.webConfigSecret" -}}
{{- if .Values.web.existingConfigSecret -}}
{{ .Values.web.existingConfigSecret }}
{{- else if include "thedex-exporter.webConfig" . -}}
{{ include "thedex-exporter.fullname" . }}-web
{{- end -}}
{{- end }}

{{/* A kubelet's probe, from: root, path, and the timing that the values say. */}}
{{- define "thedex-exporter.probe" -}}
{{- if include "thedex-exporter.requiresClientCertificate" .root -}}
exec:
  command: [/nodejs/bin/node, /app/dist/main.js, healthcheck]
{{- else -}}
httpGet:
  path: {{ .root.Values.web.routePrefix }}{{ .path }}
  port: http
  scheme: {{ include "thedex-exporter.scheme" .root | upper }}
{{- end }}
{{- with .timing }}
{{ toYaml . }}
{{- end }}
{{- end }}
