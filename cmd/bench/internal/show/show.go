// Package show prints results: tables fitted to a terminal, Markdown, CSV and
// lines of JSON, and progress on the side.
package show

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A Printer writes results to Stdout in one of the formats, and progress and
// warnings to Stderr.
type Printer struct {
	Stdout, Stderr io.Writer
	Format         string // "", which is table, or csv, json, markdown
	sections       int    // printed so far
}

// Formats are what Format may be.
var Formats = []string{"table", "json", "csv", "markdown"}

// SetFormat checks a format; it is the function of a flag.
func (p *Printer) SetFormat(s string) error {
	for _, f := range Formats {
		if s == f {
			p.Format = s
			return nil
		}
	}
	return fmt.Errorf("unknown format %q, want one of: %s", s, strings.Join(Formats, ", "))
}

// JSON reports whether lines of JSON are wanted.
func (p *Printer) JSON() bool { return p.Format == "json" }

// Prose reports whether sentences are wanted beside the tables.
func (p *Printer) Prose() bool { return p.Format == "" || p.Format == "table" }

// Record prints v as one line of JSON, in that format only.
func (p *Printer) Record(v any) error {
	if !p.JSON() {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "%s\n", b)
	return err
}

// Printf prints prose, in table format only.
func (p *Printer) Printf(format string, args ...any) {
	if p.Prose() {
		fmt.Fprintf(p.Stdout, format, args...)
	}
}

// Warnf prints a line to Stderr.
func (p *Printer) Warnf(format string, args ...any) {
	fmt.Fprintf(p.Stderr, "bench: "+format+"\n", args...)
}

// Table prints t, except as JSON, whose records were printed one by one.
func (p *Printer) Table(t *Table) error {
	switch p.Format {
	case "json":
		return nil
	case "csv":
		return p.csv(t)
	case "markdown":
		return p.markdown(t)
	}
	width, colour := p.terminal()
	return t.text(p.Stdout, width, colour)
}

func (p *Printer) csv(t *Table) error {
	if p.sections++; p.sections > 1 {
		fmt.Fprintln(p.Stdout)
	}
	w := csv.NewWriter(p.Stdout)
	w.Write(t.header(false))
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = exact(c)
		}
		w.Write(cells)
	}
	w.Flush()
	return w.Error()
}

func (p *Printer) markdown(t *Table) error {
	var b strings.Builder
	if p.sections++; p.sections > 1 {
		b.WriteString("\n")
	}
	line := func(cells []string) {
		b.WriteString("|")
		for _, c := range cells {
			b.WriteString(" " + strings.ReplaceAll(c, "|", `\|`) + " |")
		}
		b.WriteString("\n")
	}
	line(t.header(true))
	b.WriteString("|")
	for _, c := range t.Columns {
		if c.number() {
			b.WriteString("---:|")
		} else {
			b.WriteString("---|")
		}
	}
	b.WriteString("\n")
	for _, row := range t.Rows {
		line(t.cells(row))
	}
	_, err := io.WriteString(p.Stdout, b.String())
	return err
}

// terminal returns the width of the terminal that Stdout is, else 0, and
// whether to use colour: on a terminal that has it, unless NO_COLOR is set.
func (p *Printer) terminal() (width int, colour bool) {
	f, ok := p.Stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 80
	}
	return width, os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Progress returns a bar of n steps on a terminal, else one that shows nothing.
func (p *Printer) Progress(n int, what string) *progressbar.ProgressBar {
	f, ok := p.Stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return progressbar.DefaultSilent(int64(n))
	}
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionSetWidth(24), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
}
