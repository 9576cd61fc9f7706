package ptxas

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Variable names the environment variable that says which assemblers tests use, as a list of paths.
const Variable = "HEKLA_PTXAS"

// Find returns the assemblers of this machine: those of the environment, or those that scripts/ptxas.sh
// put into the user's cache, or that of an installed toolkit.
func Find() []string {
	if list := os.Getenv(Variable); list != "" {
		return filepath.SplitList(list)
	}
	if cache, err := os.UserCacheDir(); err == nil {
		if found, _ := filepath.Glob(filepath.Join(cache, "hekla", "ptxas", "*", "ptxas")); len(found) > 0 {
			return found
		}
	}
	if path, err := exec.LookPath("ptxas"); err == nil {
		return []string{path}
	}
	return nil
}

// A Job says how to assemble.
type Job struct {
	Assembler string
	Arch      string   // sm_90
	Flags     []string // -O0
}

// entry is the head of a kernel, the only place with its name.
var entry = regexp.MustCompile(`\.entry (\w+)`)

// Check assembles texts and returns what the assembler says of those that it refuses or warns of. Texts
// are joined to files of many kernels, as the start of the assembler takes longer than a small kernel.
func (j Job) Check(texts []string) (map[string]string, error) {
	dir, err := os.MkdirTemp("", "ptxas")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	byHead := map[string][]string{}
	for _, text := range texts {
		head, _, ok := strings.Cut(text, ".visible")
		if !ok {
			return nil, fmt.Errorf("ptxas: no kernel in %.80q", text)
		}
		byHead[head] = append(byHead[head], text)
	}
	complaints := map[string]string{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan bool, runtime.GOMAXPROCS(0))
	number := 0
	for _, head := range slices.Sorted(maps.Keys(byHead)) {
		for batch := range slices.Chunk(byHead[head], 32) {
			number++
			file := filepath.Join(dir, strconv.Itoa(number)+".ptx")
			slots <- true
			wait.Go(func() {
				defer func() { <-slots }()
				found := j.batch(file, head, batch)
				mu.Lock()
				defer mu.Unlock()
				maps.Copy(complaints, found)
			})
		}
	}
	wait.Wait()
	return complaints, nil
}

// batch assembles texts together and, if there is anything to say, one by one.
func (j Job) batch(file, head string, texts []string) map[string]string {
	var all strings.Builder
	all.WriteString(head)
	for i, text := range texts {
		all.WriteString(entry.ReplaceAllString(text[len(head):], fmt.Sprintf(".entry k%d_$1", i)))
	}
	said := j.assemble(file, all.String())
	if said == "" {
		return nil
	}
	found := map[string]string{}
	for _, text := range texts {
		if s := j.assemble(file, text); s != "" {
			found[text] = s
		}
	}
	if len(found) == 0 {
		found[all.String()] = said
	}
	return found
}

// assemble returns what the assembler says: nothing if all is well.
func (j Job) assemble(file, text string) string {
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		return err.Error()
	}
	out, err := exec.Command(j.Assembler, append([]string{"-arch=" + j.Arch, "-o", os.DevNull, file}, j.Flags...)...).CombinedOutput()
	if err != nil && len(out) == 0 {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}
