package secretsmanager

import (
	"crypto/rand"
	"math/big"
	"strings"

	"aircon/localaws/op"
)

type passwordInput struct {
	PasswordLength          *int
	ExcludeCharacters       string
	ExcludeNumbers          bool
	ExcludePunctuation      bool
	ExcludeUppercase        bool
	ExcludeLowercase        bool
	IncludeSpace            bool
	RequireEachIncludedType *bool
}

type passwordOutput struct{ RandomPassword text }

// passwordNeeds: secretsmanager:GetRandomPassword, which has no resource.
func passwordNeeds(*op.Call, *passwordInput) ([]op.Need, error) {
	return general("GetRandomPassword"), nil
}

// getRandomPassword makes a password of 32 characters unless told otherwise, with each type of character in it.
func getRandomPassword(_ *op.Call, in *passwordInput) (*passwordOutput, error) {
	types := in.types()
	each := in.RequireEachIncludedType == nil || *in.RequireEachIncludedType
	size := 32
	if in.PasswordLength != nil {
		size = *in.PasswordLength
	}
	switch {
	case len(types) == 0:
		return nil, invalidParameter("You must include at least one type of character that ExcludeCharacters leaves something of.")
	case each && size < len(types):
		return nil, invalidParameter("Password length is too short based on the required types.")
	}
	password := make([]byte, size)
	for i := range password {
		password[i] = pick(strings.Join(types, ""))
	}
	if each {
		for i, at := range places(size, len(types)) {
			password[at] = pick(types[i])
		}
	}
	return &passwordOutput{text(password)}, nil
}

// types returns the characters of each type that the input leaves.
func (in *passwordInput) types() []string {
	var types []string
	for _, t := range []struct {
		characters string
		excluded   bool
	}{
		{"abcdefghijklmnopqrstuvwxyz", in.ExcludeLowercase},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", in.ExcludeUppercase},
		{"0123456789", in.ExcludeNumbers},
		{"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", in.ExcludePunctuation},
		{" ", !in.IncludeSpace},
	} {
		left := strings.Map(func(r rune) rune {
			if strings.ContainsRune(in.ExcludeCharacters, r) {
				return -1
			}
			return r
		}, t.characters)
		if !t.excluded && left != "" {
			types = append(types, left)
		}
	}
	return types
}

// places picks n different numbers below size.
func places(size, n int) []int {
	picked := make([]int, 0, n)
	taken := make(map[int]bool, n)
	for len(picked) < n {
		if at := below(size); !taken[at] {
			taken[at] = true
			picked = append(picked, at)
		}
	}
	return picked
}

func pick(characters string) byte { return characters[below(len(characters))] }

// below returns a random number below n, each equally likely.
func below(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic("secretsmanager: " + err.Error()) // rand.Reader does not fail
	}
	return int(i.Int64())
}
