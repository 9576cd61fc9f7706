package train_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/hekla-ml/hekla/train"
)

// FuzzRewind rewinds logs of any content: what is left is its beginning, or the
// head of a new log, and rewinding once more takes nothing away.
func FuzzRewind(f *testing.F) {
	for _, s := range []string{"", "{\"step\":1}\n{\"step\":2}\n", "{\"step\":1}\n{\"st", "step,loss\n1,0.5\n2,0.4\n3", "step,loss\r\n", "\n\n", "{\"step\":1e99}\n", "99999999999999999999,1\n"} {
		f.Add([]byte(s), 1)
	}
	path := filepath.Join(f.TempDir(), "log")
	f.Fuzz(func(t *testing.T, b []byte, step int) {
		for head, open := range map[string]func() (*train.LogFile, error){
			"":            func() (*train.LogFile, error) { return train.JSONLog(path) },
			"step,loss\n": func() (*train.LogFile, error) { return train.CSVLog(path, "loss") },
		} {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			var left [2][]byte
			for i := range left {
				l, err := open()
				if err == nil {
					err = l.Rewind(step)
				}
				if err != nil {
					t.Fatal(err)
				}
				l.Close()
				if left[i], err = os.ReadFile(path); err != nil {
					t.Fatal(err)
				}
			}
			if string(left[0]) != head && !bytes.HasPrefix(b, left[0]) || !bytes.Equal(left[0], left[1]) {
				t.Errorf("%q, rewound to step %d, is %q, then %q", b, step, left[0], left[1])
			}
		}
	})
}
