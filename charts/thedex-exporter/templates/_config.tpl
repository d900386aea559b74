{{/* What the values say as the exporter's configuration file. */}}
{{- define "thedex-exporter.config" -}}
{{- $accounts := dict -}}
{{- range $name, $account := .Values.accounts -}}
{{- $folder := printf "/etc/thedex-exporter/keys/accounts/%s" $name -}}
{{- $entry := dict "api_key_file" (printf "%s/api-key" $folder) "secret_key_file" (printf "%s/secret-key" $folder) -}}
{{- with $account.url }}{{ $_ := set $entry "url" . }}{{ end -}}
{{- with $account.labels }}{{ $_ := set $entry "labels" . }}{{ end -}}
{{- with $account.alertLimits }}{{ $_ := set $entry "alert_limits" . }}{{ end -}}
{{- with $account.thresholds }}{{ $_ := set $entry "thresholds" . }}{{ end -}}
{{- with $account.valueThresholds }}{{ $_ := set $entry "value_thresholds" . }}{{ end -}}
{{- $_ := set $accounts $name $entry -}}
{{- end -}}
{{- with $accounts }}
accounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.thresholds }}
thresholds:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.valueThresholds }}
value_thresholds:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.alertLimits }}
alert_limits:
  {{- toYaml . | nindent 2 }}
{{- end }}
collectors:
  rates: {{ .Values.collectors.rates }}
  payout_limits: {{ .Values.collectors.payoutLimits }}
{{- end }}

{{/* One source of the volume with all keys, from: root, credentials, prefix of the keys in our Secret, path in the volume. */}}
{{- define "thedex-exporter.keySource" -}}
- secret:
    {{- if .credentials.existingSecret }}
    name: {{ .credentials.existingSecret }}
    items:
      - key: {{ default "api-key" .credentials.apiKeyName }}
        path: {{ .path }}/api-key
      - key: {{ default "secret-key" .credentials.secretKeyName }}
        path: {{ .path }}/secret-key
    {{- else }}
    name: {{ include "thedex-exporter.fullname" .root }}
    items:
      - key: {{ .prefix }}api-key
        path: {{ .path }}/api-key
      - key: {{ .prefix }}secret-key
        path: {{ .path }}/secret-key
    {{- end }}
{{- end }}

{{- define "thedex-exporter.hasDefaultAccount" -}}
{{- if or .Values.credentials.existingSecret .Values.credentials.apiKey -}}true{{- end -}}
{{- end }}

{{/* The keys that the values hold, as the data of our Secret; empty if they hold none. */}}
{{- define "thedex-exporter.ownKeys" -}}
{{- $data := dict -}}
{{- with .Values.credentials -}}
{{- if .apiKey -}}
{{- $_ := set $data "api-key" .apiKey -}}
{{- $_ := set $data "secret-key" .secretKey -}}
{{- end -}}
{{- end -}}
{{- range $name, $account := .Values.accounts -}}
{{- if $account.apiKey -}}
{{- $_ := set $data (printf "%s.api-key" $name) $account.apiKey -}}
{{- $_ := set $data (printf "%s.secret-key" $name) $account.secretKey -}}
{{- end -}}
{{- end -}}
{{- with $data }}{{ toYaml . }}{{ end -}}
{{- end }}
