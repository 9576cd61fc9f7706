package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"github.com/hekla-ml/hekla/backend"
)

// facts are what a figure depends on besides the code: they go with every
// record.
type facts struct {
	Model    string `json:"model"`            // of the device
	Driver   string `json:"driver,omitempty"` // name and version
	Threads  int    `json:"threads"`          // GOMAXPROCS
	OS       string `json:"os"`
	Go       string `json:"go"`
	Tier     string `json:"cpu_tier,omitempty"` // HEKLA_CPU, if it is set
	Revision string `json:"revision,omitempty"` // of Hekla, "+" if changed since
}

func factsOf(d backend.Info) facts {
	return facts{
		Model: d.Model, Driver: d.Driver, Threads: runtime.GOMAXPROCS(0), OS: runtime.GOOS + "/" + runtime.GOARCH,
		Go: runtime.Version(), Tier: os.Getenv("HEKLA_CPU"), Revision: revision(),
	}
}

// revision is what version control said when the program was built.
var revision = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	rev, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			rev = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+"
		}
	}
	if rev == "" {
		return ""
	}
	return rev + dirty
})

// cacheBytes returns the size of the last cache of the processor. Where the
// system does not say it is taken for 64 MiB, more than most have.
var cacheBytes = sync.OnceValue(func() int64 {
	best := int64(0)
	for i := range 5 {
		b, err := os.ReadFile("/sys/devices/system/cpu/cpu0/cache/index" + strconv.Itoa(i) + "/size")
		if err != nil {
			continue
		}
		if k, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "K"); ok {
			n, _ := strconv.ParseInt(k, 10, 64)
			best = max(best, n<<10)
		}
	}
	if best == 0 {
		return 64 << 20
	}
	return best
})
