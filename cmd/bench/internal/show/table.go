package show

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Column says how its cells are printed.
type Column struct {
	Name string
	// Verb formats a cell for people, such as "%.3g"; "" prints strings and is
	// the mark of text, which is aligned left and may be cut on a narrow
	// terminal.
	Verb string
	// Drop says that the column may go if the terminal is too narrow: the
	// highest first. 0 stays.
	Drop int
}

func (c Column) number() bool { return c.Verb != "" }

// A Table is rows under named columns. A cell that is nil is left empty: there
// is no figure, which is not 0.
type Table struct {
	Columns []Column
	Rows    [][]any
}

// Add appends a row.
func (t *Table) Add(cells ...any) { t.Rows = append(t.Rows, cells) }

// header returns the names of the columns; for programs without blanks.
func (t *Table) header(people bool) []string {
	l := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		l[i] = c.Name
		if !people {
			l[i] = strings.NewReplacer(" ", "_", "/s", "_per_s", "/", "_per_").Replace(c.Name)
		}
	}
	return l
}

// cells formats a row for people.
func (t *Table) cells(row []any) []string {
	l := make([]string, len(row))
	for i, c := range row {
		verb := t.Columns[i].Verb
		switch s, text := c.(string); {
		case c == nil:
		case text || verb == "":
			l[i] = s
			if !text {
				l[i] = fmt.Sprint(c)
			}
		default:
			l[i] = fmt.Sprintf(verb, c)
		}
	}
	return l
}

// exact prints a cell for programs, with all its digits.
func exact(c any) string {
	switch c := c.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(c, 'g', -1, 64)
	}
	return fmt.Sprint(c)
}

const gap = 2 // blanks between columns

// text prints aligned columns. Where they are wider than the terminal, columns
// are dropped, then the widest text is cut. A width of 0 is no limit.
func (t *Table) text(w io.Writer, width int, colour bool) error {
	lines := [][]string{t.header(true)}
	for _, row := range t.Rows {
		lines = append(lines, t.cells(row))
	}
	wide := make([]int, len(t.Columns))
	for _, l := range lines {
		for i, c := range l {
			wide[i] = max(wide[i], utf8.RuneCountInString(c))
		}
	}
	shown := t.fit(wide, width)
	var b strings.Builder
	for n, l := range lines {
		var line strings.Builder
		for i, c := range l {
			if !shown[i] {
				continue
			}
			c = cut(c, wide[i])
			pad := strings.Repeat(" ", wide[i]-utf8.RuneCountInString(c))
			if colour {
				c = paint(c, n == 0)
			}
			if t.Columns[i].number() {
				line.WriteString(pad + c)
			} else {
				line.WriteString(c + pad)
			}
			line.WriteString(strings.Repeat(" ", gap))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fit says which columns to show, and narrows those of text in wide.
func (t *Table) fit(wide []int, width int) []bool {
	shown := make([]bool, len(wide))
	total := -gap
	for i, n := range wide {
		shown[i] = true
		total += n + gap
	}
	for width > 0 && total > width {
		drop, cutting := -1, -1
		for i, c := range t.Columns {
			switch {
			case !shown[i]:
			case c.Drop > 0 && (drop < 0 || c.Drop > t.Columns[drop].Drop):
				drop = i
			case !c.number() && wide[i] > 12 && (cutting < 0 || wide[i] > wide[cutting]):
				cutting = i
			}
		}
		switch {
		case drop >= 0:
			shown[drop] = false
			total -= wide[drop] + gap
		case cutting >= 0:
			wide[cutting]--
			total--
		default:
			return shown // no narrower: lines wrap
		}
	}
	return shown
}

func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// paint colours what stands out: headers bold, failures red, passes green.
func paint(s string, header bool) string {
	switch {
	case header:
		return "\x1b[1m" + s + "\x1b[0m"
	case strings.HasPrefix(s, "FAIL"), strings.HasPrefix(s, "slower"):
		return "\x1b[31m" + s + "\x1b[0m"
	case s == "ok", strings.HasPrefix(s, "faster"):
		return "\x1b[32m" + s + "\x1b[0m"
	}
	return s
}
