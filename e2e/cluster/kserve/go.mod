// The definition of KServe's InferenceService, as its own module carries it: nothing of it is built.
module rouse.invalid/kserve

go 1.26

require github.com/kserve/kserve v0.17.0
