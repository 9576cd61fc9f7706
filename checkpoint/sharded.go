package checkpoint

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/tensor"
)

// An index says which file of a model in shards holds which tensor, as Hugging
// Face's model.safetensors.index.json does.
type index struct {
	Metadata struct {
		TotalSize int64 `json:"total_size"`
	} `json:"metadata"`
	Files map[string]string `json:"weight_map"`
}

// readIndex opens the shards that an index names; they lie beside it.
func (f *File) readIndex() error {
	if f.shard {
		return problem(ErrHeader, "an index that another names")
	}
	if f.path == "" {
		return problem(ErrHeader, "an index of other files, which only Open can find")
	}
	if f.src.size > MaxHeader {
		return problem(ErrHeader, "an index of %d bytes, want at most %d", f.src.size, MaxHeader)
	}
	b := make([]byte, f.src.size)
	if err := readAt(f.src, b, 0); err != nil {
		return err
	}
	var x struct {
		Metadata map[string]any    `json:"metadata"`
		Files    map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(b, &x); err != nil {
		return problem(ErrHeader, "the index: %v", err)
	}
	if x.Files == nil {
		return problem(ErrHeader, "a JSON object without the weight_map of an index")
	}
	f.metadata = map[string]string{}
	for k, v := range x.Metadata {
		f.metadata[k] = fmt.Sprint(v)
	}
	shards := map[string]*File{}
	for _, name := range slices.Sorted(maps.Keys(x.Files)) {
		file := x.Files[name]
		s := shards[file]
		if s == nil {
			// No path that leads away: an index may come from anywhere.
			if !filepath.IsLocal(file) || strings.ContainsAny(file, `/\`) {
				return problem(ErrHeader, "the index names the file %.100q, want one beside it", file)
			}
			var err error
			if s, err = openFile(filepath.Join(filepath.Dir(f.path), file), true); err != nil {
				return err
			}
			f.shards = append(f.shards, s)
			shards[file] = s
		}
		if s.items[name] == nil {
			return &Error{Path: s.path, Name: name, Offset: -1, Err: problem(ErrName, "not in the file, where the index has it")}
		}
		f.items[name] = elsewhere{s.items[name], s}
	}
	return nil
}

// An elsewhere is a tensor in another file.
type elsewhere struct {
	item
	file *File
}

func (e elsewhere) load(l *loader) (*tensor.Tensor, error) {
	inner := e.file.loader(l.dev)
	inner.scratch = l.scratch
	t, err := inner.item(e.item)
	l.scratch = inner.scratch
	return t, err
}

// SaveSharded writes tensors to safetensors files of at most limit bytes each
// (or one tensor, if that is larger), and their index to path, whose name should
// end in ".safetensors.index.json". Open and Load take the index. Every file is
// replaced at once, and the index last, but not all together: write to a new
// folder what must never be half old.
func SaveSharded(path string, tensors map[string]*tensor.Tensor, limit int64) error {
	names, err := saveOrder(tensors)
	if err != nil {
		return within(path, "", -1, err)
	}
	var shards []map[string]*tensor.Tensor
	var x index
	room := int64(0)
	for _, name := range names {
		n := int64(size(tensors[name]))
		if len(shards) == 0 || n > room {
			shards, room = append(shards, map[string]*tensor.Tensor{}), limit
		}
		shards[len(shards)-1][name] = tensors[name]
		room -= n
		x.Metadata.TotalSize += n
	}
	x.Files = make(map[string]string, len(tensors))
	base := strings.TrimSuffix(strings.TrimSuffix(path, ".index.json"), ".safetensors")
	for i, shard := range shards {
		file := fmt.Sprintf("%s-%05d-of-%05d.safetensors", base, i+1, len(shards))
		if err := Save(file, shard, map[string]string{"format": "pt"}); err != nil {
			return err
		}
		for name := range shard {
			x.Files[name] = filepath.Base(file)
		}
	}
	b, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return within(path, "", -1, err)
	}
	return saveFile(path, func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
}
