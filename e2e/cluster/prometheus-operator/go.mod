// The definitions of the Prometheus operator, as its own module carries them: nothing of it is built.
module rouse.invalid/prometheus-operator

go 1.26

require github.com/prometheus-operator/prometheus-operator v0.85.0
