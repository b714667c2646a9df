{{/* Name of the Secret with the control token. */}}
{{- define "rouse.controlTokenSecret" -}}
{{ .Values.controlToken.existingSecret | default "rouse-control-token" }}
{{- end }}

{{/* The chart makes that Secret. */}}
{{- define "rouse.makesToken" -}}
{{- if and .Values.controlToken.create (not .Values.controlToken.existingSecret) }}true{{ end }}
{{- end }}

{{/* Labels of the objects of one program. Given: its name. */}}
{{- define "rouse.labels" -}}
app.kubernetes.io/name: {{ . }}
app.kubernetes.io/part-of: rouse
{{- end }}

{{/* Arguments from a map of flags. */}}
{{- define "rouse.flags" -}}
{{- range $name, $value := . }}
- --{{ $name }}={{ if kindIs "slice" $value }}{{ join "," $value }}{{ else if kindIs "float64" $value }}{{ int64 $value }}{{ else }}{{ $value }}{{ end }}
{{- end }}
{{- end }}

{{/* Image of one program. Given: its values, and the root as `root`. */}}
{{- define "rouse.image" -}}
image: {{ .values.image.repository }}:{{ .values.image.tag | default .root.Chart.AppVersion }}
imagePullPolicy: {{ .values.image.pullPolicy }}
{{- end }}

{{/* What the pods of both programs have alike. Given: name, values, root. */}}
{{- define "rouse.placing" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        app.kubernetes.io/name: {{ .name }}
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        app.kubernetes.io/name: {{ .name }}
{{- end }}

{{- define "rouse.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* The operator's rules over workloads, which a ClusterRole or Roles give. */}}
{{- define "rouse.workloadRules" -}}
- apiGroups: [apps]
  resources: [deployments, replicasets]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [deployments/scale]
  verbs: [get, patch]
{{- end }}

{{- define "rouse.eventRules" -}}
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- define "rouse.autoscalerRules" -}}
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch]
{{- end }}

{{/* Given: the root. */}}
{{- define "rouse.operatorSubject" -}}
subjects:
  - kind: ServiceAccount
    name: rouse-operator
    namespace: {{ .Release.Namespace }}
{{- end }}
