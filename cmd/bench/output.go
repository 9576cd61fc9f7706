package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// output writes results to stdout, as tables or as JSON lines, and progress to
// stderr if that is a terminal.
type output struct {
	stdout, stderr io.Writer
	json           bool
}

func (o *output) setFormat(s string) error {
	switch s {
	case "table":
		o.json = false
	case "json":
		o.json = true
	default:
		return fmt.Errorf("unknown format %q, want table or json", s)
	}
	return nil
}

// record prints v as one line of JSON.
func (o *output) record(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.stdout, "%s\n", b)
	return err
}

// table prints rows under a header, columns aligned.
func (o *output) table(header []string, rows [][]string) error {
	w := tabwriter.NewWriter(o.stdout, 0, 4, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// printf prints a line of prose in table format only.
func (o *output) printf(format string, args ...any) {
	if !o.json {
		fmt.Fprintf(o.stdout, format, args...)
	}
}

// progress returns a bar of n steps on a terminal, else one that shows nothing.
func (o *output) progress(n int, what string) *progressbar.ProgressBar {
	f, ok := o.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return progressbar.DefaultSilent(int64(n))
	}
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
}
