package tensorboard_test

import (
	"fmt"
	"os"

	"github.com/hekla-ml/hekla/train/tensorboard"
)

func Example() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	w, err := tensorboard.New(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	for step, loss := range []float64{2.3, 1.1, 0.6} {
		if err := w.Scalar("loss", step, loss); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(w.Close())
	// Output: <nil>
}
