// Command bench shows what devices this machine has, whether Hekla is right on
// them, and how fast it is.
//
//	bench                          devices, then train a small CNN on each
//	bench devices                  list devices, and why others were skipped
//	bench train -model cnn         train a model and report its accuracy
//	bench op -run matmul           time operations
//	bench conform -device cpu      check every op and gradient on a device
//
// Every subcommand takes -format table or json, and -h. Flags in the
// environment variable HEKLA_BENCH_FLAGS, quoted as in a shell, come first.
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

	"github.com/google/shlex"

	_ "github.com/hekla-ml/hekla/backend/all"
	"github.com/hekla-ml/hekla/tensor"
)

// A command is one subcommand of bench.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, out *output) error
}

var commands = []command{
	{"devices", "list devices, and why others were skipped", devices},
	{"train", "train a model and report its accuracy", train},
	{"op", "time operations", ops},
	{"conform", "check every op and its gradient on a device", conform},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage error")

// run picks the subcommand; without one it is the quick tour.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	env, err := shlex.Split(os.Getenv("HEKLA_BENCH_FLAGS"))
	if err != nil {
		return fmt.Errorf("%w: HEKLA_BENCH_FLAGS: %v", errUsage, err)
	}
	out := &output{stdout: stdout, stderr: stderr}
	sub := command{"", "devices, then train a small CNN on each", tour}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		i := 0
		for i < len(commands) && commands[i].name != args[0] {
			i++
		}
		if i == len(commands) {
			return fmt.Errorf("%w: unknown subcommand %q, want one of: %s", errUsage, args[0], names())
		}
		sub, args = commands[i], args[1:]
	}
	args = append(env, args...)
	return tensor.Try(func() error { return sub.run(ctx, args, out) })
}

func names() string {
	var l []string
	for _, c := range commands {
		l = append(l, c.name)
	}
	return strings.Join(l, ", ")
}

// parse parses the flags of a subcommand, -format among them. Arguments that
// are left over are an error.
func parse(name string, args []string, out *output, define func(f *flag.FlagSet)) error {
	f := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
	f.SetOutput(out.stderr)
	f.Func("format", "`table` or json", out.setFormat)
	define(f)
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %v", errUsage, err)
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%w: unexpected argument %q", errUsage, f.Arg(0))
	}
	return nil
}
