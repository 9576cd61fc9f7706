package pointwise

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// The coefficients are those that internal/fit makes.
func TestCoefficientsAreUpToDate(t *testing.T) {
	if testing.Short() || runtime.GOARCH != "amd64" {
		t.Skip("fits for two seconds; elsewhere than on amd64 float64 arithmetic may be fused and round otherwise")
	}
	want, err := exec.Command("go", "run", "./internal/fit").Output()
	if err != nil {
		t.Skipf("go run: %v", err)
	}
	got, err := os.ReadFile("zz_coefficients.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("zz_coefficients.go is stale: run go generate")
	}
}
