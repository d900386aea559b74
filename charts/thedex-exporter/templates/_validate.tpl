{{/* What a schema cannot say: values that contradict each other. */}}
{{- define "thedex-exporter.validate" -}}
{{- $hasDefault := eq (include "thedex-exporter.hasDefaultAccount" .) "true" -}}
{{- if not (or .Values.sandbox.enabled $hasDefault .Values.accounts .Values.existingConfigSecret) -}}
{{- fail "no account: set credentials.existingSecret, accounts or existingConfigSecret; or sandbox.enabled=true to try it without keys" -}}
{{- end -}}
{{- if and .Values.sandbox.enabled $hasDefault -}}
{{- fail "sandbox.enabled and credentials exclude each other: both are the default account" -}}
{{- end -}}
{{- if and .Values.existingConfigSecret (or .Values.accounts .Values.thresholds .Values.valueThresholds .Values.alertLimits .Values.collectors.rates .Values.collectors.payoutLimits) -}}
{{- fail "existingConfigSecret holds the whole configuration: accounts, thresholds, valueThresholds, alertLimits and collectors have to stand there" -}}
{{- end -}}
{{- include "thedex-exporter.validateKeys" (dict "where" "credentials" "keys" .Values.credentials "needed" false) -}}
{{- range $name, $account := .Values.accounts -}}
{{- include "thedex-exporter.validateKeys" (dict "where" (printf "accounts.%s" $name) "keys" $account "needed" true) -}}
{{- end -}}
{{- with .Values.web -}}
{{- if and .config .existingConfigSecret -}}
{{- fail "web.config and web.existingConfigSecret exclude each other" -}}
{{- end -}}
{{- if and .tls.clientCertificateRequired (not (or .tls.existingSecret .existingConfigSecret)) -}}
{{- fail "web.tls.clientCertificateRequired needs web.tls.existingSecret, with ca.crt in it" -}}
{{- end -}}
{{- if and .tls.enabled (not (or .tls.existingSecret .existingConfigSecret .config.tls_server_config)) -}}
{{- fail "web.tls.enabled needs a certificate: set web.tls.existingSecret" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.enabled needs ingress.hosts" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute.enabled needs httpRoute.parentRefs" -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled -}}
{{- fail "serviceMonitor and podMonitor would scrape the same page twice: enable one" -}}
{{- end -}}
{{- if and .Values.probe.enabled .Values.scrapeConfig.enabled -}}
{{- fail "probe and scrapeConfig would scrape the same accounts twice: enable one" -}}
{{- end -}}
{{- if and .Values.probe.enabled (not (or .Values.accounts .Values.probe.targets)) -}}
{{- fail "probe.enabled needs accounts or probe.targets: this chart cannot look into existingConfigSecret" -}}
{{- end -}}
{{- end }}

{{- define "thedex-exporter.validateKeys" -}}
{{- $values := or .keys.apiKey .keys.secretKey -}}
{{- if and .keys.existingSecret $values -}}
{{- fail (printf "%s: existingSecret and apiKey/secretKey exclude each other" .where) -}}
{{- end -}}
{{- if and $values (not (and .keys.apiKey .keys.secretKey)) -}}
{{- fail (printf "%s: apiKey and secretKey belong together" .where) -}}
{{- end -}}
{{- if and .needed (not (or .keys.existingSecret $values)) -}}
{{- fail (printf "%s: set existingSecret, or apiKey and secretKey" .where) -}}
{{- end -}}
{{- end }}
