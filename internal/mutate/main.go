// Command mutate breaks Hekla in one place at a time and checks that the tests
// which should notice do: a test suite that passes says little until it is known
// what it fails on.
//
//	go run ./internal/mutate            all mutations
//	go run ./internal/mutate -run conv  those whose file or description matches
//
// Each is made in a copy of the tree, never in the tree itself. The exit status
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
	"strings"
	"time"
)

func main() {
	run := flag.String("run", "", "only mutations whose file or description matches this `regexp`")
	from := flag.String("dir", ".", "the `root` of the module")
	table := flag.String("table", "", "write the table, in Markdown, to this `file`")
	flag.Parse()
	if err := mutate(*from, *run, *table); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func mutate(from, run, table string) error {
	re, err := regexp.Compile(run)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := copyTree(dir, from); err != nil {
		return err
	}
	// Values from outside are found beside the tree, which the copy is not.
	oracle := os.Getenv("HEKLA_ORACLE")
	if oracle == "" {
		if oracle, err = filepath.Abs(filepath.Join(from, "..", "shared", "oracle")); err != nil {
			return err
		}
	}
	var rows []string
	var faulty []error
	survived, start := 0, time.Now()
	for _, m := range mutations {
		if !re.MatchString(m.file + " " + m.what) {
			continue
		}
		begin := time.Now()
		by, err := m.try(dir, oracle)
		if err != nil { // of the mutation, not of what it breaks
			fmt.Println(err)
			faulty = append(faulty, err)
			continue
		}
		if by == "" {
			survived++
			by = "SURVIVED"
		}
		fmt.Printf("%-40s %-60s %5.1fs  %s\n", m.file, m.what, time.Since(begin).Seconds(), by)
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |", m.file, m.what, strings.ReplaceAll(by, "|", `\|`)))
	}
	fmt.Printf("%d mutations, %d survived, %.0f s\n", len(rows), survived, time.Since(start).Seconds())
	if table != "" {
		text := "| file | what is broken | noticed by |\n|---|---|---|\n" + strings.Join(rows, "\n") + "\n"
		if err := os.WriteFile(table, []byte(text), 0o644); err != nil {
			return err
		}
	}
	switch {
	case len(faulty) > 0:
		return errors.Join(faulty...)
	case len(rows) == 0:
		return fmt.Errorf("no mutation matches %q", run)
	case survived > 0:
		return fmt.Errorf("%d of %d mutations were not noticed", survived, len(rows))
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
