// Command bench shows what devices this machine has, whether Hekla is right on
// them, and how fast it is.
//
//	bench                          a quick tour: devices, checks, times, training
//	bench devices                  list devices, and why others were skipped
//	bench op -run matmul           time operations and training steps
//	bench train -model cnn         train a model and report its accuracy
//	bench conform -device cpu      check every op and gradient on a device
//	bench doctor -device cuda:0    each family of kernels once, beside the CPU
//	bench profile -run lenet       where the time of a step goes
//	bench compare OLD NEW          what became slower or faster
//	bench compare-torch            times beside PyTorch's
//
// Every subcommand takes -format table, json, csv or markdown, and -h. Flags in
// the environment variable HEKLA_BENCH_FLAGS, quoted as in a shell, come first.
// docs/bench.md says more.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/google/shlex"

	_ "github.com/hekla-ml/hekla/backend/all"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
	"github.com/hekla-ml/hekla/tensor"
)

type output = show.Printer

// A command is one subcommand of bench.
type command struct {
	name, args, summary string
	// define adds the command's flags and returns what runs it.
	define func(f *flag.FlagSet) action
}

// An action runs a command whose flags are parsed. args are what is left, as
// many as the command's args.
type action func(ctx context.Context, args []string, out *output) error

var commands = []command{
	{"devices", "", "list devices, and why others were skipped", devices},
	{"op", "", "time operations and training steps", ops},
	{"train", "", "train a model and report its accuracy", train},
	{"conform", "", "check every op and its gradient on a device", conform},
	{"doctor", "", "run each family of kernels once beside the CPU, in seconds", doctor},
	{"profile", "", "where the time of a step goes: ops, transfers, the host", profiles},
	{"roofline", "", "measure what a device can do at the most, and how near each operation comes", roofline},
	{"report", "", "write a page with tables, plots and the conformance matrix", reports},
	{"compare", "OLD NEW", "what became slower or faster, in two files of records or with two programs", compare},
	{"compare-torch", "", "time the same cases here and in PyTorch, in alternation", compareTorch},
}

// tour is what bench does without a subcommand.
func tour() command {
	return command{"", "", "devices, checks, times and training, in two minutes", quickTour}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	// A second Ctrl-C ends it at once. A suite's child gets the first one twice,
	// from the terminal and from its parent.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second/2, stop) })
	os.Exit(exitCode(run(ctx, os.Args[1:], os.Stdout, os.Stderr), os.Stderr))
}

var errUsage = errors.New("usage error")

// exitCode prints err. 1 says that something failed, 2 that the command was
// not understood, 130 as in a shell that it was interrupted.
func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "bench: interrupted; what was done by then is printed")
		return 130
	}
	fmt.Fprintln(stderr, "bench:", err)
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}

// run picks the subcommand, or the tour.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	env, err := shlex.Split(os.Getenv("HEKLA_BENCH_FLAGS"))
	if err != nil {
		return fmt.Errorf("%w: HEKLA_BENCH_FLAGS: %v", errUsage, err)
	}
	out := &output{Stdout: stdout, Stderr: stderr}
	do, err := parse(args, env, out)
	if err != nil {
		return err
	}
	return tensor.Try(func() error { return do(ctx) })
}

// parse finds the subcommand and parses its flags; first come before those of
// args. Nothing is run yet.
func parse(args, first []string, out *output) (do func(ctx context.Context) error, err error) {
	c := tour()
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		var known bool
		if c, known = lookup(args[0]); !known {
			return nil, fmt.Errorf("%w: unknown subcommand %q, want one of: %s", errUsage, args[0], names())
		}
		args = args[1:]
	}
	f := flag.NewFlagSet(strings.TrimSpace("bench "+c.name), flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are printed once, by main
	f.Func("format", "`FORMAT` of the results: table, json, csv or markdown", out.SetFormat)
	do1 := c.define(f)
	err = f.Parse(append(first[:len(first):len(first)], args...))
	if errors.Is(err, flag.ErrHelp) {
		f.SetOutput(out.Stderr)
		help(c, f, out.Stderr)
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v (see %s -h)", errUsage, err, f.Name())
	}
	if want := strings.Fields(c.args); f.NArg() < len(want) {
		return nil, fmt.Errorf("%w: %s: want %s", errUsage, f.Name(), c.args)
	} else if f.NArg() > len(want) {
		return nil, fmt.Errorf("%w: unexpected argument %q", errUsage, f.Arg(len(want)))
	}
	return func(ctx context.Context) error { return do1(ctx, f.Args(), out) }, nil
}

func help(c command, f *flag.FlagSet, w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n\nusage: %s\n", f.Name(), c.summary, strings.TrimSpace(f.Name()+" [flags] "+c.args))
	if c.name == "" {
		fmt.Fprintf(w, "       bench SUBCOMMAND -h\n\nsubcommands:\n")
		for _, c := range commands {
			fmt.Fprintf(w, "  %-14s %s\n", c.name, c.summary)
		}
	}
	fmt.Fprintln(w, "\nflags:")
	f.PrintDefaults()
}

func lookup(name string) (command, bool) {
	for _, c := range commands {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

func names() string {
	var l []string
	for _, c := range commands {
		l = append(l, c.name)
	}
	return strings.Join(l, ", ")
}
