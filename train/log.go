package train

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A Logger takes what is measured. A tensorboard.Writer is one.
type Logger interface {
	Log(step int, values Values) error
}

// A Rewinder is a Logger that can forget what came after a step. A run that goes
// on from a checkpoint tells it where, 0 for the beginning.
type Rewinder interface {
	Logger
	Rewind(step int) error
}

// A Flusher is a Logger that buffers.
type Flusher interface {
	Logger
	Flush() error
}

func (l *Loop) log(values Values) error {
	for _, log := range l.Logs {
		if err := log.Log(l.progress.Step, values); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loop) flush() error {
	var errs []error
	for _, log := range l.Logs {
		if f, ok := log.(Flusher); ok {
			errs = append(errs, f.Flush())
		}
	}
	return errors.Join(errs...)
}

// line writes values for people.
func line(values Values) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name != "epoch" {
			parts = append(parts, fmt.Sprintf("%s %.4g", strings.TrimPrefix(name, "epoch/"), values[name]))
		}
	}
	return strings.Join(parts, ", ")
}

// A LogFile is a Logger that appends lines to a file.
type LogFile struct {
	f      *os.File
	encode func(step int, values Values) (string, error)
	step   func(line string) (int, bool) // of a line
	head   string                        // the first line, if any
}

// JSONLog opens a file for lines like {"loss":0.5,"lr":0.01,"step":1}; NaN and
// infinities are texts. What is there stays.
func JSONLog(path string) (*LogFile, error) {
	return openLog(path, "", func(step int, values Values) (string, error) {
		m := map[string]any{"step": step}
		for name, x := range values {
			if m[name] = x; math.IsNaN(x) || math.IsInf(x, 0) {
				m[name] = strconv.FormatFloat(x, 'g', -1, 64)
			}
		}
		b, err := json.Marshal(m)
		return string(b) + "\n", err
	}, func(line string) (int, bool) {
		var r struct{ Step *int }
		if json.Unmarshal([]byte(line), &r) != nil || r.Step == nil {
			return 0, false
		}
		return *r.Step, true
	})
}

// CSVLog opens a file for rows of a step and the named values; those that are
// not measured together with the others are empty. What is there stays.
func CSVLog(path string, names ...string) (*LogFile, error) {
	row := func(cells []string) (string, error) {
		var b strings.Builder
		w := csv.NewWriter(&b)
		err := w.Write(cells)
		w.Flush()
		return b.String(), err
	}
	head, err := row(append([]string{"step"}, names...))
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return openLog(path, head, func(step int, values Values) (string, error) {
		cells, any := []string{strconv.Itoa(step)}, false
		for _, name := range names {
			cell := ""
			if x, ok := values[name]; ok {
				cell, any = strconv.FormatFloat(x, 'g', -1, 64), true
			}
			cells = append(cells, cell)
		}
		if !any {
			return "", nil
		}
		return row(cells)
	}, func(line string) (int, bool) {
		cell, _, _ := strings.Cut(line, ",")
		n, err := strconv.Atoi(strings.TrimSpace(cell))
		return n, err == nil
	})
}

func openLog(path, head string, encode func(int, Values) (string, error), step func(string) (int, bool)) (*LogFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	l := &LogFile{f: f, encode: encode, step: step, head: head}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && size == 0 {
		_, err = f.WriteString(head)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("train: %w", err)
	}
	return l, nil
}

// Log appends a line.
func (l *LogFile) Log(step int, values Values) error {
	s, err := l.encode(step, values)
	if err == nil {
		_, err = l.f.WriteString(s)
	}
	if err != nil {
		return fmt.Errorf("train: log: %w", err)
	}
	return nil
}

// Rewind cuts off the first line of a later step and all that follow, and a last
// line that a crash left unfinished.
func (l *LogFile) Rewind(step int) error {
	err := func() error {
		if _, err := l.f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		keep := int64(0)
		r := bufio.NewReader(l.f)
		for {
			s, err := r.ReadString('\n')
			if err == io.EOF {
				break // what is left has no end of line
			}
			if err != nil {
				return err
			}
			if n, ok := l.step(s); ok && n > step || !ok && s != l.head {
				break
			}
			keep += int64(len(s))
		}
		if err := l.f.Truncate(keep); err != nil {
			return err
		}
		if _, err := l.f.Seek(keep, io.SeekStart); err != nil {
			return err
		}
		if keep == 0 {
			_, err := l.f.WriteString(l.head)
			return err
		}
		return nil
	}()
	if err != nil {
		return fmt.Errorf("train: log: %w", err)
	}
	return nil
}

// Close closes the file.
func (l *LogFile) Close() error { return l.f.Close() }
