package plan

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"aircon/mwaa"
)

// What MWAA's options were before aircon changed them is kept in tags of the environment, so that destroy can put it back from
// any machine: a JSON object of option to old value, null where there was none, in base64 cut into aircon:before-1, aircon:before-2, …

const (
	tagValueSize = 256 // MWAA's limit
	maxBefore    = 20  // tags, of the 50 that an environment may have
)

// before returns the tags that note the old values of what changes, but for those noted already.
func before(env *MWAAEnvironment, changes []mwaa.OptionChange) (map[string]string, error) {
	was := readBefore(env.Tags)
	noted := len(was)
	for _, c := range changes {
		if _, known := was[c.Key]; known {
			continue
		}
		was[c.Key] = nil
		if old, ok := env.Options[c.Key]; ok {
			was[c.Key] = &old
		}
	}
	if len(was) == noted {
		return nil, nil
	}
	text, err := json.Marshal(was)
	if err != nil {
		return nil, fmt.Errorf("note the former options: %w", err)
	}
	encoded := base64.StdEncoding.EncodeToString(text)
	if len(encoded) > maxBefore*tagValueSize {
		return nil, fmt.Errorf("the former options are too long to be kept in tags: destroy will not put them back")
	}
	tags := map[string]string{}
	for i := 0; len(encoded) > 0; i++ {
		n := min(tagValueSize, len(encoded))
		tags[fmt.Sprintf("%s%d", tagBefore, i+1)] = encoded[:n]
		encoded = encoded[n:]
	}
	return tags, nil
}

// readBefore reads the tags; what is not there or was tampered with is empty.
func readBefore(tags map[string]string) map[string]*string {
	var encoded strings.Builder
	for i := range maxBefore {
		encoded.WriteString(tags[fmt.Sprintf("%s%d", tagBefore, i+1)])
	}
	was := map[string]*string{}
	text, err := base64.StdEncoding.DecodeString(encoded.String())
	if err != nil || json.Unmarshal(text, &was) != nil {
		return map[string]*string{}
	}
	return was
}

func beforeKeys(tags map[string]string) []string {
	var keys []string
	for _, key := range sortedKeys(tags) {
		if strings.HasPrefix(key, tagBefore) {
			keys = append(keys, key)
		}
	}
	return keys
}
