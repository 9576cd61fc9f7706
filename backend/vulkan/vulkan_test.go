package vulkan_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	_ "github.com/hekla-ml/hekla/backend/vulkan"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// TestMain makes Mesa's software driver quick on small work: no threads to wake
// up, but for benchmarks, and compiled kernels kept between runs.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() == "" {
		setenv("LP_NUM_THREADS", "0")
	}
	if dir, err := os.UserCacheDir(); err == nil {
		dir = filepath.Join(dir, "hekla", "mesa")
		if os.MkdirAll(dir, 0o700) == nil {
			setenv("MESA_SHADER_CACHE_DIR", dir)
		}
	}
	code := m.Run()
	if layer := os.Getenv("HEKLA_VULKAN_LAYER"); layer != "" {
		n := vkshim.Messages()
		fmt.Printf("validation: %s messages=%d\n", layer, n)
		if n > 0 {
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

func setenv(name, value string) {
	if os.Getenv(name) == "" {
		os.Setenv(name, value)
	}
}

// open opens a Vulkan device, or skips the test where there is none. In CI that
// is a failure, and so it is if a layer was asked for.
func open(t testing.TB) backend.Device {
	t.Helper()
	d, err := backend.Open("vulkan")
	if err != nil {
		if os.Getenv("CI") == "true" || os.Getenv("HEKLA_VULKAN_LAYER") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil && !errors.Is(err, backend.ErrClosed) {
			t.Error(err)
		}
	})
	return d
}

func TestList(t *testing.T) {
	infos, skipped := backend.List()
	for _, i := range infos {
		if strings.HasPrefix(i.Name, "vulkan:") {
			t.Logf("%+v", i)
			if i.Kind == backend.Software && strings.Contains(i.Driver, "llvmpipe") != strings.Contains(i.Model, "llvmpipe") {
				t.Errorf("kind of %s", i.Model)
			}
		}
	}
	for _, s := range skipped {
		if s.Reason == "" {
			t.Errorf("%s is skipped without a reason", s.Name)
		}
		t.Logf("skipped: %+v", s)
	}
}

func TestTransfer(t *testing.T) {
	for _, staging := range []string{"0", "1"} {
		t.Run("staging="+staging, func(t *testing.T) {
			t.Setenv("HEKLA_VULKAN_STAGING", staging)
			d := open(t)
			for _, n := range []int{0, 1, 3, 4, 1000, 3<<20 + 7} {
				b, err := d.Alloc(int64(n) + 5)
				if err != nil {
					t.Fatal(err)
				}
				src, dst := make([]byte, n), make([]byte, n)
				for i := range src {
					src[i] = byte(i * 7)
				}
				if err := d.Upload(b, 5, src); err != nil {
					t.Fatal(err)
				}
				if err := d.Download(dst, b, 5); err != nil {
					t.Fatal(err)
				}
				if string(src) != string(dst) {
					t.Errorf("%d bytes come back changed", n)
				}
				if err := d.Upload(b, 6, src); err == nil && n > 0 {
					t.Error("an upload beyond the end succeeds")
				}
				b.Free()
			}
		})
	}
}
