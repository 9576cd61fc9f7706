package data

import "fmt"

// An Error says which sample or batch could not be loaded.
type Error struct {
	Index int // of the sample in the dataset, -1 if a whole batch failed
	First int // place in the epoch: of the sample, or of the batch's first
	Len   int // number of samples that failed together
	Err   error
}

func (e *Error) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("data: batch of samples %d to %d of the epoch: %v", e.First, e.First+e.Len-1, e.Err)
	}
	return fmt.Sprintf("data: sample %d, number %d of the epoch: %v", e.Index, e.First, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }
