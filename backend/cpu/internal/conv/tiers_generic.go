//go:build (!amd64 && !arm64) || noasm

package conv

func kernels32() *kernels[float32] { return &portable32 }
func kernels64() *kernels[float64] { return &portable64 }
