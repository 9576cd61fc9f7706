package box

import "fmt"

func Example_inside() {
	fmt.Println(Inner{})
	// Output: anything
}
