package vulkan

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/hekla-ml/hekla/backend"
)

// saveAfter is how many pipelines are compiled before the cache is saved, not
// only when the device is closed: many programs never do.
const saveAfter = 32

// cacheFile returns where the pipeline cache of this device with this driver
// is, or "" if there is none: software drivers keep nothing in it. The file
// begins with the SHA-256 of the rest, for drivers believe what they are given.
func (d *device) cacheFile() string {
	dir := os.Getenv("HEKLA_CACHE")
	switch {
	case dir == "off" || dir == "" && d.info.Kind == backend.Software:
		return ""
	case dir == "":
		user, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(user, "hekla")
	}
	p := &d.physical
	h := sha256.New()
	for _, part := range []string{d.info.UUID, p.Name, p.DriverName, p.DriverInfo, version(p.Driver), version(p.API), string(p.CacheUUID[:])} {
		h.Write([]byte(part + "\x00"))
	}
	return filepath.Join(dir, "vulkan", hex.EncodeToString(h.Sum(nil)[:16])+".cache")
}

// loadCache has the driver reuse what it compiled for earlier programs. A file
// that is not as we wrote it is not used, and written anew in time.
func (d *device) loadCache() {
	file := d.cacheFile()
	if file == "" {
		return
	}
	data, err := os.ReadFile(file)
	if err != nil || !intact(data) {
		data = nil
	} else {
		data = data[sha256.Size:]
	}
	if d.vk.UseCache(data) != nil && len(data) > 0 {
		_ = d.vk.UseCache(nil) // the driver knows better; without a cache it works too
	}
}

func intact(data []byte) bool {
	return len(data) > sha256.Size && sha256.Sum256(data[sha256.Size:]) == [sha256.Size]byte(data[:sha256.Size])
}

// saveCache writes the pipeline cache, if anything was compiled. It is a file
// of its own until it is whole, so that programs may end or save at the same
// time. To fail costs the next program some time, no more.
func (d *device) saveCache() {
	file := d.cacheFile()
	if file == "" || d.compiled == 0 {
		return
	}
	d.compiled = 0
	data, err := d.vk.CacheData()
	if err != nil || len(data) == 0 || os.MkdirAll(filepath.Dir(file), 0o700) != nil {
		return
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), "*.tmp")
	if err != nil {
		return
	}
	sum := sha256.Sum256(data)
	_, err = tmp.Write(append(sum[:], data...))
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
}
