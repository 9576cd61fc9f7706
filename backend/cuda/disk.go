package cuda

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// CacheVariable names the environment variable that says which folder keeps
// compiled kernels, or "off". Without it that is hekla/cuda in the user's folder for
// caches.
const CacheVariable = "HEKLA_CUDA_CACHE"

// disk keeps what the driver compiled, in a file by kernel, GPU and driver. Its
// trouble is nobody's: a file that is missing or damaged is compiled anew.
type disk struct {
	dir    string // empty for none
	target string // what the compiled form depends on beside the text
	linker driver.Linker
}

// cacheDir returns the folder that the environment asks for.
func cacheDir() string {
	switch s := os.Getenv(CacheVariable); s {
	case "off":
		return ""
	case "":
		base, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		return filepath.Join(base, "hekla", "cuda")
	default:
		return s
	}
}

func newDisk(dir string, api driver.Driver, model string, capability int) disk {
	linker, ok := api.(driver.Linker)
	if dir == "" || !ok || linker.Links() != nil || os.MkdirAll(dir, 0o700) != nil {
		return disk{}
	}
	return disk{dir, fmt.Sprintf("%s sm_%d, CUDA %s", model, capability, api.Version()), linker}
}

// compileText makes a module of PTX, by way of the disk if there is one, and notes what that took. The device must be
// current, and d.kernels locked.
func (d *device) compileText(text string) (m driver.Module, err error) {
	start := time.Now()
	defer func() {
		d.compiled.kernels++
		d.compiled.took += time.Since(start)
	}()
	if d.compiled.raise {
		text = raised(text)
	}
	dump(text)
	if m, err = d.load(text); err == nil || !tooOld(err) || d.capability < 80 || raised(text) == text {
		return m, err
	}
	text = raised(text)
	dump(text)
	m, e := d.load(text)
	if e != nil {
		return m, err
	}
	d.compiled.raise = true
	return m, nil
}

// load is compileText for this very text.
func (d *device) load(text string) (driver.Module, error) {
	k := &d.disk
	if k.dir == "" {
		return d.api.Compile(text)
	}
	path := k.path(text)
	if image := k.read(path); image != nil {
		if m, err := d.api.Compile(string(image)); err == nil {
			d.compiled.kept++
			return m, nil
		}
		os.Remove(path)
	}
	image, err := k.linker.Link(text)
	if err == nil {
		var m driver.Module
		if m, err = d.api.Compile(string(image)); err == nil {
			k.write(path, image)
			return m, nil
		}
	}
	return d.api.Compile(text)
}

func (k *disk) path(text string) string {
	sum := sha256.Sum256([]byte(k.target + "\x00" + text))
	return filepath.Join(k.dir, hex.EncodeToString(sum[:16])+".cubin")
}

// read returns what a file holds behind its checksum, nil if that is wrong.
func (k *disk) read(path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil || len(b) <= sha256.Size {
		return nil
	}
	if sum := sha256.Sum256(b[sha256.Size:]); !bytes.Equal(sum[:], b[:sha256.Size]) {
		return nil
	}
	return b[sha256.Size:]
}

// write puts a file in place as a whole, so that other processes see all or nothing.
func (k *disk) write(path string, image []byte) {
	f, err := os.CreateTemp(k.dir, "new-*")
	if err != nil {
		return
	}
	sum := sha256.Sum256(image)
	_, err = f.Write(append(sum[:], image...))
	if e := f.Close(); err != nil || e != nil || os.Rename(f.Name(), path) != nil {
		os.Remove(f.Name())
	}
}
