package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Keeper keeps the last checkpoints of a run in a folder of its own, which
// one process at a time may write to.
type Keeper struct {
	Dir  string // made if it is not there
	Keep int    // how many files; 0: 3, below 0: all
}

// Save saves the run after a number of steps and removes files that are no
// longer kept. A crash at any moment leaves the last good file.
func (k Keeper) Save(step int, r *Run) error {
	if err := os.MkdirAll(k.Dir, 0o777); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := r.Save(k.path(step)); err != nil {
		return err
	}
	return k.clean()
}

const keeperPrefix, keeperSuffix = "step-", ".safetensors"

func (k Keeper) path(step int) string {
	return filepath.Join(k.Dir, fmt.Sprintf("%s%09d%s", keeperPrefix, step, keeperSuffix))
}

// Steps returns the numbers of steps of the files that are there, ascending.
func (k Keeper) Steps() ([]int, error) {
	files, err := os.ReadDir(k.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	var steps []int
	for _, f := range files {
		rest, ok := strings.CutPrefix(f.Name(), keeperPrefix)
		digits, ok2 := strings.CutSuffix(rest, keeperSuffix)
		if n, err := strconv.Atoi(digits); ok && ok2 && err == nil && n >= 0 {
			steps = append(steps, n)
		}
	}
	slices.Sort(steps)
	return steps, nil
}

// Load loads the last checkpoint that is whole into the run and returns its
// number of steps. If there is none it returns 0 and an error that Is
// fs.ErrNotExist. Files that are cut short or garbled, which only a broken disk
// leaves, are passed over for the one before; one that does not fit the run is
// an error.
func (k Keeper) Load(r *Run) (step int, err error) {
	steps, err := k.Steps()
	if err != nil {
		return 0, err
	}
	var broken error
	for _, step := range slices.Backward(steps) {
		err := r.Load(k.path(step))
		if errors.Is(err, ErrTruncated) || errors.Is(err, ErrHeader) || errors.Is(err, ErrLayout) {
			broken = errors.Join(broken, err)
			continue
		}
		return step, err
	}
	if broken != nil {
		return 0, broken
	}
	return 0, fmt.Errorf("checkpoint: no checkpoint in %s: %w", k.Dir, os.ErrNotExist)
}

// clean removes old files and what a killed process left half-written.
func (k Keeper) clean() error {
	steps, err := k.Steps()
	if err != nil {
		return err
	}
	keep := k.Keep
	if keep == 0 {
		keep = 3
	}
	var errs []error
	if keep > 0 && len(steps) > keep {
		for _, step := range steps[:len(steps)-keep] {
			errs = append(errs, os.Remove(k.path(step)))
		}
	}
	left, err := filepath.Glob(filepath.Join(globSafe(k.Dir), ".*"+keeperSuffix+".*.tmp"))
	for _, file := range left {
		errs = append(errs, os.Remove(file))
	}
	return errors.Join(append(errs, err)...)
}

// globSafe escapes what filepath.Match has a meaning for.
func globSafe(dir string) string {
	if filepath.Separator == '\\' {
		return dir // where backslashes do not escape
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
