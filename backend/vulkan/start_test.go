package vulkan_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// TestColdStart has a new process open the device and compute something, with
// nothing compiled before: the first result is there within a second.
func TestColdStart(t *testing.T) {
	const child = "HEKLA_TEST_COLD_START"
	if os.Getenv(child) != "" {
		start := time.Now()
		d, err := backend.Open("vulkan")
		if err != nil {
			t.Fatal(err)
		}
		if got := tensor.Ones(d, dtype.Float32, 1000).Exp().Sum().Item(); got < 2718 || got > 2719 {
			t.Errorf("1000 e = %v", got)
		}
		fmt.Println("took", time.Since(start).Microseconds())
		return
	}
	open(t) // skips where there is none
	best := time.Hour
	for range 5 { // other programs may be running
		c := exec.Command(os.Args[0], "-test.run=^TestColdStart$")
		c.Env = append(os.Environ(), child+"=1", "MESA_SHADER_CACHE_DISABLE=true", "HEKLA_CACHE=off")
		out, err := c.Output()
		var us int64
		if _, bad := fmt.Sscanf(string(out), "took %d", &us); err != nil || bad != nil {
			t.Fatalf("%v, %v: %s", err, bad, out)
		}
		if best = min(best, time.Duration(us)*time.Microsecond); best < time.Second {
			break
		}
	}
	t.Logf("the first result after %v", best)
	if best > time.Second && os.Getenv("HEKLA_VULKAN_LAYER") == "" {
		t.Errorf("the first result after %v, want a second", best)
	}
}
