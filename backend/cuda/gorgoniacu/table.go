package gorgoniacu

import (
	"reflect"
	"sync"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// A table gives numbers, from 1, to values.
type table[T any] struct {
	mu     sync.RWMutex
	values []T
}

func (t *table[T]) add(v T) uintptr {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.values = append(t.values, v)
	return uintptr(len(t.values))
}

// get returns a value, the zero one for a number never given: the driver says
// what is wrong with it.
func (t *table[T]) get(i uintptr) (v T) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if i > 0 && i <= uintptr(len(t.values)) {
		v = t.values[i-1]
	}
	return v
}

// remove forgets a value; its number is not used again.
func (t *table[T]) remove(i uintptr) (v T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i > 0 && i <= uintptr(len(t.values)) {
		v, t.values[i-1] = t.values[i-1], v
	}
	return v
}

// failed makes an error of cu one of package driver. Its type is not exported,
// but is the number of the result.
func failed(call string, err error) error {
	if err == nil {
		return nil
	}
	if v := reflect.ValueOf(err); v.Kind() == reflect.Int {
		return &driver.Error{Call: call, Result: driver.Result(v.Int())}
	}
	return err
}
