// Command support writes docs/support.md, what works on which device, from
// reports of the conformance suite:
//
//	make support
//
// runs the suite with HEKLA_REPORTS set to a folder and this command on the files
// that the tests leave there. bench conform -format json prints such a report for
// any device. Draws of one device's cases, of runs in parts, are joined.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/hekla-ml/hekla/conformance"
)

func main() {
	out := flag.String("o", "docs/support.md", "write to this `file`")
	flag.Parse()
	if err := run(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "support:", err)
		os.Exit(1)
	}
}

func run(out string, files []string) error {
	if len(files) == 0 {
		return fmt.Errorf("no reports were given")
	}
	var reports []*conformance.Report
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		r := &conformance.Report{}
		if err := json.Unmarshal(data, r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		reports = append(reports, r)
	}
	return os.WriteFile(out, []byte(document(join(reports))), 0o644)
}

const head = `# What works on which device

Written by ` + "`make support`" + `, from runs of the conformance suite; [conformance.md](conformance.md) says what a case is and
where the bounds come from. Vulkan is Mesa's lavapipe, which runs on the CPU; CUDA, where it is listed, an interpreter of PTX. Columns are the
element type of the first operand. In a cell are the largest error of all cases of an op, results, gradients and second
derivatives, in units of its bound, 1 being the most that passes; and the largest in units in the last place: of the
element, for results of elementwise ops, else of the largest element. "exact" means that every result is the float64
reference, correctly rounded; an empty cell that there is no such case.

`

func document(reports []*conformance.Report) string {
	var b strings.Builder
	b.WriteString(head)
	b.WriteString("| device | ops | cases | passed | failed | unsupported | that ask for nothing | not drawn |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range reports {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d |\n", r.Device, r.Ops, r.Cases, r.Passed, r.Failed, r.Unsupported, r.Skipped, r.Left)
	}
	b.WriteString("\n")
	for _, r := range reports {
		b.WriteString(r.Markdown())
		b.WriteString(worst(r))
		for _, s := range r.Skips {
			fmt.Fprintf(&b, "- %s: %d cases, %s\n", s.Op, s.Cases, s.Why)
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// worst lists, of elementwise ops in float32, what gave the largest error.
func worst(r *conformance.Report) string {
	var b strings.Builder
	for _, c := range r.Results {
		if c.ULP >= 2 && c.DType == "float32" && c.Failed == 0 && strings.Contains(c.ULPAt, ", of ") {
			fmt.Fprintf(&b, "- %s: %.3g ulp at %s: %s\n", c.Op, c.ULP, c.ULPCase, c.ULPAt)
		}
	}
	if b.Len() == 0 {
		return "\n"
	}
	return "\nThe inputs that give errors of 2 ulp and more in float32:\n\n" + b.String() + "\n"
}
