package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/google/shlex"

	"github.com/hekla-ml/hekla/tensor"
)

// A suiteLine is one command of a suite.
type suiteLine struct {
	file string
	line int
	text string
	env  []string // NAME=VALUE, before the command
	args []string
	do   func(ctx context.Context) error // nil if it needs a process of its own
}

func (l suiteLine) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{l.file, l.line}, args...)...)
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// readSuite reads a suite: a bench command a line, quoted as in a shell, with
// NAME=VALUE before it to set the environment; # begins a comment. All lines
// are parsed before any is run; what is wrong with them is said together.
func readSuite(file string, out *output) ([]suiteLine, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []suiteLine
	var wrong []error
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		l := suiteLine{file: file, line: n, text: strings.TrimSpace(lines.Text())}
		if err := l.parse(out); err != nil {
			wrong = append(wrong, err)
		} else if len(l.args) > 0 {
			all = append(all, l)
		}
	}
	if err := lines.Err(); err != nil {
		wrong = append(wrong, fmt.Errorf("%s: %w", file, err))
	}
	if len(wrong) == 0 && len(all) == 0 {
		wrong = append(wrong, fmt.Errorf("%s: no command in it", file))
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%w: %w", errUsage, errors.Join(wrong...))
	}
	return all, nil
}

func (l *suiteLine) parse(out *output) error {
	words, err := shlex.Split(l.text)
	if err != nil {
		return l.errorf("%v in %q", err, l.text)
	}
	n := 0
	for n < len(words) && assignment.MatchString(words[n]) {
		n++
	}
	l.env, l.args = words[:n], words[n:]
	if len(l.args) == 0 {
		if n > 0 {
			return l.errorf("no command after %s", strings.Join(l.env, " "))
		}
		return nil
	}
	if l.args[0] == "bench" {
		l.args = l.args[1:]
	}
	if slices.ContainsFunc(l.args, func(s string) bool {
		return strings.TrimLeft(s, "-") == "suite" || strings.HasPrefix(strings.TrimLeft(s, "-"), "suite=")
	}) {
		return l.errorf("a suite cannot run a suite")
	}
	to := *out // the format of one line is not that of the next
	l.do, err = parse(l.args, nil, &to)
	if err != nil {
		return l.errorf("%w", err)
	}
	if n > 0 { // variables are often read only once, when a program starts
		l.do = nil
	}
	return nil
}

// runSuite runs the lines one after the other. What fails does not keep the
// rest from running.
func runSuite(ctx context.Context, file string, out *output) error {
	all, err := readSuite(file, out)
	if err != nil {
		return err
	}
	var failed []error
	for i, l := range all {
		if out.Prose() {
			if i > 0 {
				out.Printf("\n")
			}
			out.Printf("# %s\n", l.text)
		}
		if err := l.run(ctx, out); err != nil && ctx.Err() == nil {
			failed = append(failed, l.errorf("%w", err))
		}
		if ctx.Err() != nil {
			return errors.Join(append(failed, ctx.Err())...)
		}
	}
	return errors.Join(failed...)
}

func (l suiteLine) run(ctx context.Context, out *output) error {
	if l.do != nil {
		return tensor.Try(func() error { return l.do(ctx) })
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, l.args...)
	cmd.Env = slices.Concat(os.Environ(), []string{"HEKLA_BENCH_FLAGS="}, l.env)
	if out.Format != "" {
		cmd.Env = append(cmd.Env, "HEKLA_BENCH_FLAGS=-format "+out.Format)
	}
	cmd.Stdout, cmd.Stderr = out.Stdout, out.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it prints what is done
	return cmd.Run()
}
