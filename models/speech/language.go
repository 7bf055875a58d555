package speech

import "strings"

// baseLanguage reduces a BCP 47 tag to its first part: "en-US" to "en".
func baseLanguage(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	return tag
}
