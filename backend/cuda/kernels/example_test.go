package kernels_test

import (
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/backend/cuda/kernels"
)

// The PTX that comes with the program: products of float32 for every GPU, those
// by tensor cores for newer ones.
func ExampleModule() {
	for _, m := range []kernels.Module{"gemm_f32", "mma_bf16"} {
		text, err := m.Text()
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, ".target") {
				fmt.Println(m, strings.TrimSpace(line), err)
			}
		}
	}
	_, err := kernels.Module("gemm_i8").Text()
	fmt.Println(err)
	_, err = kernels.Module("gemm_f32").Kernel("gemm_xx")
	fmt.Println(err)
	// Output:
	// gemm_f32 .target sm_50 <nil>
	// mma_bf16 .target sm_80 <nil>
	// kernels: no module "gemm_i8"
	// kernels: module "gemm_f32" has no kernel "gemm_xx"
}
