// The definitions of the Gateway API, as its own module carries them: nothing of it is built.
module rouse.invalid/gateway-api

go 1.26

require sigs.k8s.io/gateway-api v1.6.3
