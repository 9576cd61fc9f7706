package vulkan

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// cached is a driver with something in its pipeline cache.
type cached struct {
	gpu
	data   []byte // what it would save
	used   [][]byte
	refuse bool
}

func (c *cached) UseCache(data []byte) error {
	c.used = append(c.used, bytes.Clone(data))
	if c.refuse && len(data) > 0 {
		return vkshim.Result(-3)
	}
	return nil
}

func (c *cached) CacheData() ([]byte, error) { return c.data, nil }

func TestPipelineCache(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HEKLA_CACHE", dir)
	c := &cached{data: []byte("compiled kernels")}
	f := &found{}
	f.info.Name, f.physical.Name = "vulkan:0", "some GPU"
	fresh := func() *device {
		c.used = nil
		d := newDevice(c, f, options{})
		d.loadCache()
		return d
	}
	d := fresh()
	if len(c.used) != 1 || len(c.used[0]) != 0 {
		t.Fatalf("without a file the driver gets %q", c.used)
	}
	d.saveCache()
	if _, err := os.Stat(d.cacheFile()); !errors.Is(err, os.ErrNotExist) {
		t.Error("a file is written although nothing was compiled")
	}
	d.compiled = 1
	d.saveCache()
	if fresh(); len(c.used) != 1 || string(c.used[0]) != "compiled kernels" {
		t.Errorf("the next program's driver gets %q", c.used)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "vulkan", "*")); len(names) != 1 {
		t.Errorf("files left: %v", names)
	}

	whole, err := os.ReadFile(d.cacheFile())
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-1] ^= 1
	for why, file := range map[string][]byte{
		"empty": {}, "cut": whole[:len(whole)-1], "short": whole[:10], "a hash of nothing": whole[:sha256.Size], "one bit": flipped, "foreign": []byte("#!/bin/sh\n exit 1 # and some more to make it longer than a hash"),
	} {
		if err := os.WriteFile(d.cacheFile(), file, 0o600); err != nil {
			t.Fatal(err)
		}
		d := fresh()
		if len(c.used) != 1 || len(c.used[0]) != 0 {
			t.Errorf("%s: the driver gets %q", why, c.used)
		}
		d.compiled = 1
		d.saveCache()
		if got, _ := os.ReadFile(d.cacheFile()); !bytes.Equal(got, whole) {
			t.Errorf("%s: the file is not written anew", why)
		}
	}

	c.refuse = true
	if fresh(); len(c.used) != 2 || len(c.used[1]) != 0 {
		t.Errorf("refused by the driver: %q, want a second try without data", c.used)
	}
	other := *f
	other.physical.Driver = 7
	if newDevice(c, &other, options{}).cacheFile() == d.cacheFile() {
		t.Error("another version of the driver has the same file")
	}
	t.Setenv("HEKLA_CACHE", "off")
	if d.cacheFile() != "" {
		t.Error("HEKLA_CACHE=off is not heeded")
	}
}

// TestCacheOfDriver has the system's driver save and load.
func TestCacheOfDriver(t *testing.T) {
	t.Setenv("HEKLA_CACHE", t.TempDir())
	for i := range 2 {
		c := newChain(t, 8)
		if (i == 1) != (fileExists(c.cacheFile())) {
			t.Errorf("program %d: the file is there: %t", i, i == 0)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
