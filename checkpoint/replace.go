package checkpoint

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// replaceFile writes a file beside path, makes sure that it is on the disk, and
// renames it to path.
func replaceFile(path string, write func(w io.Writer) error) (err error) {
	dir, base := filepath.Split(path)
	// Not os.CreateTemp, whose files only their owner may read.
	temp := filepath.Join(dir, fmt.Sprintf(".%s.%016x.tmp", base, rand.Uint64()))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close() // closing twice does no harm
			os.Remove(temp)
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	syncDir(dir)
	return nil
}

// syncDir makes the renaming last through a power cut where the system can;
// on others the file is whole in either case.
func syncDir(dir string) {
	if dir == "" {
		dir = "."
	}
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
