// Command mutate breaks Hekla in one place at a time and checks that the tests
// which should notice do: a test suite that passes says little until it is known
// what it fails on.
//
//	go run ./internal/mutate            all mutations
//	go run ./internal/mutate -run conv  those whose file or description matches
//	go run ./internal/mutate -j 1       one at a time, not one per core
//
// They are made in copies of the tree, never in the tree itself. The exit status
// is 1 if any was not noticed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"
)

func main() {
	run := flag.String("run", "", "only mutations whose file or description matches this `regexp`")
	from := flag.String("dir", ".", "the `root` of the module")
	table := flag.String("table", "", "write the table, in Markdown, to this `file`")
	jobs := flag.Int("j", runtime.NumCPU(), "this `many` at a time, each in a copy of its own")
	flag.Parse()
	if err := mutate(*from, *run, *table, max(1, *jobs)); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// mutate makes the mutations that run selects, jobs at a time, each in a copy of
// its own.
func mutate(from, run, table string, jobs int) error {
	re, err := regexp.Compile(run)
	if err != nil {
		return err
	}
	// Values from outside are found beside the tree, which the copies are not.
	oracle := os.Getenv("HEKLA_ORACLE")
	if oracle == "" {
		if oracle, err = filepath.Abs(filepath.Join(from, "..", "shared", "oracle")); err != nil {
			return err
		}
	}
	var selected []mutation
	for _, m := range mutations {
		if re.MatchString(m.file + " " + m.what) {
			selected = append(selected, m)
		}
	}
	if len(selected) == 0 {
		return fmt.Errorf("no mutation matches %q", run)
	}
	start := time.Now()
	next := make(chan int)
	by, errs := make([]string, len(selected)), make([]error, len(selected))
	var workers sync.WaitGroup
	for range jobs {
		dir, err := os.MkdirTemp("", "mutate")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := copyTree(dir, from); err != nil {
			return err
		}
		workers.Go(func() {
			for i := range next {
				m, begin := selected[i], time.Now()
				by[i], errs[i] = m.try(dir, oracle)
				switch {
				case errs[i] != nil: // of the mutation, not of what it breaks
					fmt.Println(errs[i])
					continue
				case by[i] == "":
					by[i] = "SURVIVED"
				}
				fmt.Printf("%-40s %-60s %5.1fs  %s\n", m.file, m.what, time.Since(begin).Seconds(), by[i])
			}
		})
	}
	for i := range selected {
		next <- i
	}
	close(next)
	workers.Wait()
	return report(selected, by, errs, table, time.Since(start))
}

// report counts what noticed the mutations, and writes the table.
func report(selected []mutation, by []string, errs []error, table string, took time.Duration) error {
	text, survived := "| file | what is broken | noticed by |\n|---|---|---|\n", 0
	for i, m := range selected {
		if by[i] == "SURVIVED" {
			survived++
		}
		text += fmt.Sprintf("| %s | %s | %s |\n", m.file, m.what, strings.ReplaceAll(by[i], "|", `\|`))
	}
	fmt.Printf("%d mutations, %d survived, %.0f s\n", len(selected), survived, took.Seconds())
	if table != "" {
		if err := os.WriteFile(table, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if survived > 0 {
		return fmt.Errorf("%d of %d mutations were not noticed", survived, len(selected))
	}
	return nil
}

// try makes the mutation in the copy at dir, runs its tests until one fails and
// undoes it. It returns what failed, "" if nothing did.
func (m mutation) try(dir, oracle string) (by string, err error) {
	path := filepath.Join(dir, m.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	broken, err := m.apply(string(text))
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(broken), 0o644); err != nil {
		return "", err
	}
	defer os.WriteFile(path, text, 0o644)
	for _, test := range m.tests {
		pkg, pattern, _ := strings.Cut(test, " ")
		args := []string{"test", "-vet=off", "-ldflags=-w", "-count=1", "-timeout", "10m", "./" + pkg}
		env := append(os.Environ(), "HEKLA_ORACLE="+oracle)
		switch pkg {
		case "conformance":
			args = append(args, "-run", "^TestCPU$", "-case", pattern)
		case "vulkan", "cuda": // the suite on these devices
			args[len(args)-1] = "./backend/" + pkg
			args = append(args, "-run", "^TestConformance$")
			env = append(env, "CI=", "HEKLA_CASES="+pattern) // a device that is missing skips, and notices nothing
		default:
			args = append(args, "-short", "-run", pattern)
		}
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		switch {
		case err == nil:
		case strings.Contains(string(out), "[build failed]"):
			return "", fmt.Errorf("%s: %s: the mutation does not compile:\n%s", m.file, m.what, out)
		case strings.Contains(string(out), "no case was selected"):
			return "", fmt.Errorf("%s: %s: no case matches %q", m.file, m.what, pattern)
		default:
			return test, nil
		}
	}
	return "", nil
}

// apply returns text with the mutation made.
func (m mutation) apply(text string) (string, error) {
	if n := strings.Count(text, m.old); n != 1 {
		return "", fmt.Errorf("%s: %s: the text %q occurs %d times, want once", m.file, m.what, m.old, n)
	}
	return strings.Replace(text, m.old, m.new, 1), nil
}

// copyTree copies the module's files, less what starts with a dot.
func copyTree(dst, src string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		switch {
		case rel != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dst, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dst, rel), text, 0o644)
	})
}
