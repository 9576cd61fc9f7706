package main

// Free needs no Example: programs have no users that import them.
type Free struct{}

func main() {}
