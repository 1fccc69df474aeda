{{/* What the chart is called, without the release. */}}
{{- define "stagecoach.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name of all objects. 50 characters leave room for what is added behind it. */}}
{{- define "stagecoach.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "stagecoach.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "stagecoach.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* By these labels the pods are found; they may never change. */}}
{{- define "stagecoach.selector" -}}
app.kubernetes.io/name: {{ include "stagecoach.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "stagecoach.labels" -}}
{{ include "stagecoach.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: stagecoach
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "stagecoach.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "stagecoach.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name is needed where serviceAccount.create is false: write the name of the ServiceAccount that the operator uses" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* How the API server calls the operator. */}}
{{- define "stagecoach.username" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "stagecoach.serviceAccount" . }}
{{- end }}

{{- define "stagecoach.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* Namespaces whose Secrets the operator reads: its own first, each once. */}}
{{- define "stagecoach.secretNamespaces" -}}
{{- prepend .Values.secretNamespaces .Release.Namespace | uniq | toJson }}
{{- end }}

{{/* The operator's service account as the one subject of a binding. */}}
{{- define "stagecoach.subject" -}}
- kind: ServiceAccount
  name: {{ include "stagecoach.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* Binds the operator to the Role of a name. Takes root, namespace and name. */}}
{{- define "stagecoach.roleBinding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "stagecoach.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
subjects:
{{ include "stagecoach.subject" .root }}
{{- end }}

{{/* The binding of an admission policy; what it refuses is refused. Takes root and name. */}}
{{- define "stagecoach.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name }}
  labels:
    {{- include "stagecoach.labels" .root | nindent 4 }}
spec:
  policyName: {{ .name }}
  validationActions: [Deny]
{{- end }}
