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
{{- if .values.affinity }}
affinity:
  {{- toYaml .values.affinity | nindent 2 }}
{{- else }}
{{- /* Not a spread constraint: the scheduler would leave out all nodes without that label when it spreads. */}}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 50
        podAffinityTerm:
          topologyKey: topology.kubernetes.io/zone
          matchLabelKeys: [pod-template-hash]
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .name }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        app.kubernetes.io/name: {{ .name }}
{{- end }}

{{/* Seconds of a duration of one unit (30s, 2m, 1h); nothing for any other. Given: the duration. */}}
{{- define "rouse.seconds" -}}
{{- if regexMatch "^[0-9]+[smh]$" . }}{{ mul (regexFind "^[0-9]+" .) (get (dict "s" 1 "m" 60 "h" 3600) (regexFind "[smh]$" .)) }}{{ end }}
{{- end }}

{{/* Refuses a proxy that would be killed before it has finished its requests. Given: the proxy's values. */}}
{{- define "rouse.checkDrain" -}}
{{- $delay := include "rouse.seconds" (get .flags "shutdown-delay" | default "5s") }}
{{- $timeout := include "rouse.seconds" (get .flags "shutdown-timeout" | default "60s") }}
{{- if and $delay $timeout }}
{{- $least := add (atoi $delay) (atoi $timeout) 5 }}
{{- if lt (int .terminationGracePeriodSeconds) (int $least) }}
{{- fail (printf "proxy.terminationGracePeriodSeconds is %d; accepted: at least %d (shutdown-delay and shutdown-timeout and 5 s). Raise it, or lower those." (int .terminationGracePeriodSeconds) (int $least)) }}
{{- end }}
{{- end }}
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

{{/* Where KServe is, and its InferenceServices are to count. */}}
{{- define "rouse.kserveRules" -}}
- apiGroups: [serving.kserve.io]
  resources: [inferenceservices]
  verbs: [get, list, watch]
{{- end }}

{{/* Given: the root. */}}
{{- define "rouse.operatorSubject" -}}
subjects:
  - kind: ServiceAccount
    name: rouse-operator
    namespace: {{ .Release.Namespace }}
{{- end }}
