package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/op"
)

// A corpus is text as numbers, one for each byte that occurs in it.
type corpus struct {
	ids     []int64
	letters int
}

// readCorpus reads a text file. Without one it is the documentation of the op
// table, some 20 kB of English that every build has.
func readCorpus(file string) (c corpus, name string, err error) {
	var text []byte
	if file == "" {
		for _, o := range op.All() {
			text = fmt.Appendf(text, "%s %s\n", o.Name, o.Doc)
		}
		name = "op-docs"
	} else if text, err = os.ReadFile(file); err != nil {
		return c, "", err
	} else {
		name = file
	}
	var id [256]int64
	for b := range 256 {
		if bytes.IndexByte(text, byte(b)) >= 0 {
			id[b] = int64(c.letters)
			c.letters++
		}
	}
	for _, b := range text {
		c.ids = append(c.ids, id[b])
	}
	if len(c.ids) < 20*workload.Context {
		return c, "", fmt.Errorf("%s has %d characters: want at least %d, twenty windows", name, len(c.ids), 20*workload.Context)
	}
	return c, name, nil
}

// split cuts off the last tenth for tests.
func (c corpus) split() (train, test windows) {
	at := len(c.ids) * 9 / 10
	return windows{c.ids[:at], workload.Context / 4}, windows{c.ids[at:], workload.Context}
}

// windows is a dataset of pieces of a text, each with the letters that follow.
type windows struct {
	ids  []int64
	step int // from the start of one to the next
}

func (w windows) Len() int { return max((len(w.ids)-workload.Context-1)/w.step+1, 0) }

func (w windows) At(i int) (data.Sample, error) {
	at := w.ids[i*w.step:][:workload.Context+1]
	return data.Sample{X: data.ArrayOf(at[:workload.Context]), Y: data.ArrayOf(at[1:])}, nil
}
