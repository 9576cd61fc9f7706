package cpu

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
)

// info describes this machine. Its processor does not change while we run.
var info = sync.OnceValue(func() backend.Info {
	i := backend.Info{
		Name: "cpu:0", Kind: backend.CPU, Model: runtime.GOARCH, Vendor: runtime.GOOS,
		Driver: "hekla " + runtime.Version(), Memory: memory(),
	}
	if model := procField("/proc/cpuinfo", "model name"); model != "" {
		i.Model = model
	}
	if vendor := procField("/proc/cpuinfo", "vendor_id"); vendor != "" {
		i.Vendor = vendor
	}
	for _, t := range isa.Tiers() {
		if t != isa.Portable {
			i.Features = append(i.Features, t.String())
		}
	}
	return i
})

// procField returns the value of the first line "name : value" of a file of
// Linux's /proc, or "" elsewhere.
func procField(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range bytes.Lines(text) {
		if k, v, ok := bytes.Cut(line, []byte(":")); ok && string(bytes.TrimSpace(k)) == name {
			return string(bytes.TrimSpace(v))
		}
	}
	return ""
}

// memory returns the bytes this process may use: those of the machine, or of
// its container. It returns 0 if the system does not say.
func memory() int64 {
	field, _, _ := bytes.Cut([]byte(procField("/proc/meminfo", "MemTotal")), []byte(" "))
	n, _ := strconv.ParseInt(string(field), 10, 64)
	n *= 1024
	limit, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err == nil {
		if m, err := strconv.ParseInt(string(bytes.TrimSpace(limit)), 10, 64); err == nil && m > 0 && (n == 0 || m < n) {
			n = m
		}
	}
	return n
}
