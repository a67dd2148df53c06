//go:build !race

package localaws

const memoryFactor = 1
