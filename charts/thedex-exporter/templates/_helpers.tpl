{{- define "thedex-exporter.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "thedex-exporter.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $long := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{/* 12 characters are left for the suffixes of the objects' names. */}}
{{- default $long .Values.fullnameOverride | trunc 51 | trimSuffix "-" -}}
{{- end }}

{{- define "thedex-exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "thedex-exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "thedex-exporter.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "thedex-exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The metadata of an object, from: root, its name or a suffix of the common one, its own namespace, labels, annotations. */}}
{{- define "thedex-exporter.metadata" -}}
{{- $common := include "thedex-exporter.fullname" .root -}}
name: {{ default (list $common .suffix | compact | join "-") .name }}
namespace: {{ default .root.Release.Namespace .namespace }}
labels:
  {{- include "thedex-exporter.labels" .root | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge dict (default dict .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "thedex-exporter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "thedex-exporter.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end }}

{{- define "thedex-exporter.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The address of the service, as seen from other namespaces. */}}
{{- define "thedex-exporter.address" -}}
{{ include "thedex-exporter.fullname" . }}.{{ .Release.Namespace }}.svc:{{ .Values.service.port }}
{{- end }}
