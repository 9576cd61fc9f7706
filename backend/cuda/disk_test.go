//go:build linux && (amd64 || arm64)

package cuda

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/tensor"
)

// TestDisk compiles a kernel, finds it again in a second process's place, and anew
// for another driver or GPU, and where its file is damaged.
func TestDisk(t *testing.T) {
	dir := t.TempDir()
	files := func() []string {
		list, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	damage := func(change func(b []byte) []byte) func() {
		return func() {
			for _, path := range files() {
				b, err := os.ReadFile(path)
				if err == nil {
					err = os.WriteFile(path, change(b), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, c := range []struct {
		name    string
		before  func()
		m       *fakecuda.Machine
		linked  int // kernels compiled to be kept
		entries int // files afterwards
	}{
		{"the first time", nil, &fakecuda.Machine{}, 1, 1},
		{"again", nil, &fakecuda.Machine{}, 0, 1},
		{"another driver", nil, &fakecuda.Machine{Version: 12040}, 1, 2},
		{"another GPU", nil, &fakecuda.Machine{Major: 8}, 1, 3},
		{"a bit is wrong", damage(func(b []byte) []byte { b[len(b)/2] ^= 4; return b }), &fakecuda.Machine{}, 1, 3},
		{"it was mended", nil, &fakecuda.Machine{}, 0, 3},
		{"cut short", damage(func(b []byte) []byte { return b[:len(b)-9] }), &fakecuda.Machine{}, 1, 3},
		{"empty", damage(func([]byte) []byte { return nil }), &fakecuda.Machine{}, 1, 3},
		{"the driver cannot", nil, &fakecuda.Machine{Missing: map[string]bool{"cuLinkComplete": true}}, 0, 3},
		{"the driver fails", damage(func([]byte) []byte { return nil }), &fakecuda.Machine{Fail: map[string]uint32{"cuLinkComplete": 999}}, 0, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.before != nil {
				c.before()
			}
			p := &platform{cache: func() string { return dir }, load: func() (driver.Driver, error) { return driver.New(fakecuda.Install(c.m)) }}
			infos, _ := p.List()
			dev, err := p.Open(infos[0])
			if err != nil {
				t.Fatal(err)
			}
			defer dev.Close()
			if got := tensor.Data[float32](tensor.Full(dev, dtype.Float32, 3, 5)); got[4] != 3 {
				t.Errorf("full: %v", got)
			}
			if c.m.Linked != c.linked || len(files()) != c.entries {
				t.Errorf("%d kernels compiled, %d files; want %d and %d", c.m.Linked, len(files()), c.linked, c.entries)
			}
		})
	}
}

// TestDiskForged: a file with a right checksum that the driver does not take is
// compiled anew.
func TestDiskForged(t *testing.T) {
	k := disk{dir: t.TempDir()}
	path := filepath.Join(k.dir, "x.cubin")
	k.write(path, []byte("nonsense"))
	if string(k.read(path)) != "nonsense" {
		t.Fatal("not what was written")
	}
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	d := dev.(*device)
	d.disk = newDisk(k.dir, d.api, "GPU", 50)
	const text = ".version 6.0\n.target sm_50\n.address_size 64\n.visible .entry f()\n{\nret;\n}\n"
	d.disk.write(d.disk.path(text), []byte("nonsense"))
	leave, err := d.enter("test")
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	if mod, err := d.compileText(text); err != nil || mod == 0 || m.Linked != 1 {
		t.Errorf("%v, %d kernels compiled", err, m.Linked)
	} else if err := d.api.Unload(mod); err != nil {
		t.Error(err)
	}
}

// TestCacheDir: the folder is the user's, or what the environment says.
func TestCacheDir(t *testing.T) {
	for value, want := range map[string]string{"off": "", "/somewhere": "/somewhere"} {
		t.Setenv(CacheVariable, value)
		if got := cacheDir(); got != want {
			t.Errorf("%s=%s: %q, want %q", CacheVariable, value, got, want)
		}
	}
}
