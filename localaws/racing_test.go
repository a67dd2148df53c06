//go:build race

package localaws

// memoryFactor is how many times the memory a program takes under the race detector.
const memoryFactor = 6
