// Package kernels holds the kernels that are written in CUDA C, compiled to PTX
// by generate.sh. Most run on every GPU that the backend takes; those named mma use
// tensor cores, from compute capability 8.0.
package kernels

import (
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

//go:generate go run ../../../internal/activationgen cuda zz_activation.cuh
//go:generate ./generate.sh .

// The text is a tenth as large when compressed.
//
//go:embed zz_*.ptx.gz
var files embed.FS

// A Module names PTX with some kernels: its source and, of those that are
// compiled for several, the element type.
type Module string

// Text returns the PTX.
func (m Module) Text() (string, error) {
	s, err := text(files, "zz_"+string(m)+".ptx.gz")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("kernels: no module %q", string(m))
	case err != nil:
		err = fmt.Errorf("kernels: module %q: %w", string(m), err)
	}
	return s, err
}

// Kernel returns PTX with one kernel of the module: the driver's compiler takes seconds for
// all that some modules have, of which a program may need one.
func (m Module) Kernel(name string) (string, error) {
	all, err := m.Text()
	if err != nil {
		return "", err
	}
	head, rest, _ := strings.Cut(all, ".visible .entry ")
	head, _, _ = strings.Cut(head, "\t// .globl")
	for entry := range strings.SplitSeq(rest, ".visible .entry ") {
		if !strings.HasPrefix(entry, name+"(") {
			continue
		}
		if end := strings.LastIndex(entry, "\n}"); end >= 0 {
			return head + ".visible .entry " + entry[:end+len("\n}\n")], nil
		}
	}
	return "", fmt.Errorf("kernels: module %q has no kernel %q", string(m), name)
}

// text reads a compressed file.
func text(from fs.FS, name string) (string, error) {
	f, err := from.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(z)
	return string(b), err
}
