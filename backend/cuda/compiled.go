package cuda

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// compilations says what a device had the driver compile.
type compilations struct {
	kernels, kept int // of all kernels, those that were on the disk
	took          time.Duration
	raise         bool // the driver takes no PTX for the oldest GPUs
}

// PTXVariable names the environment variable that says into which folder goes all PTX that the driver is given, a file for
// each kernel: to look at, and to give to other tools.
const PTXVariable = "HEKLA_CUDA_PTX"

func dump(text string) {
	dir := os.Getenv(PTXVariable)
	if dir == "" || os.MkdirAll(dir, 0o755) != nil {
		return
	}
	sum := sha256.Sum256([]byte(text))
	// Who asked for the files sees when they are missing.
	_ = os.WriteFile(filepath.Join(dir, hex.EncodeToString(sum[:8])+".ptx"), []byte(text), 0o644)
}

// tooOld reports whether the driver refused PTX in a way that may be due to the GPU it is written for.
func tooOld(err error) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Result {
	case driver.InvalidImage, driver.NoBinary, driver.InvalidPTX, driver.JITTooOld, driver.JITUnsupported:
		return true
	}
	return false
}

// The oldest GPUs, and the oldest that tensor cores are used of: CUDA's compilers drop the oldest from time to time.
const (
	oldest = ".version 6.0\n.target sm_50\n"
	newer  = ".version 7.0\n.target sm_80\n"
)

// raised returns PTX for the oldest GPUs as PTX for newer ones, and other PTX as it is.
func raised(text string) string { return strings.Replace(text, oldest, newer, 1) }
