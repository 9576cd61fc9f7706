package main

import _ "github.com/hekla-ml/hekla/tensor"

func main() {}
