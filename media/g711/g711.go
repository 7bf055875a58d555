// Package g711 converts between linear audio and the two telephone codecs of
// ITU-T G.711: mu-law (RTP payload type 0) and A-law (payload type 8).
//
// It exists because every sample of a call passes through it twice; it must
// never allocate. One byte is one sample at 8000 Hz (RFC 3551 section 4.5.14).
package g711

// Law is which of the two companding laws a stream uses.
type Law uint8

const (
	ULaw Law = iota // PCMU
	ALaw            // PCMA
)

// Silence is the code for a zero sample.
func (l Law) Silence() byte {
	if l == ALaw {
		return 0xD5
	}
	return 0xFF
}

// Decode fills dst with the linear samples of src; len(dst) must be at least
// len(src).
func (l Law) Decode(dst []int16, src []byte) {
	if l == ALaw {
		DecodeALaw(dst, src)
		return
	}
	DecodeULaw(dst, src)
}

// Encode fills dst with the codes of src; len(dst) must be at least len(src).
func (l Law) Encode(dst []byte, src []int16) {
	if l == ALaw {
		EncodeALaw(dst, src)
		return
	}
	EncodeULaw(dst, src)
}

// Tables are built once at start and never change.
var (
	fromULaw = makeDecoder(decodeULaw)
	fromALaw = makeDecoder(decodeALaw)
	toULaw   = makeEncoder(encodeULaw)
	toALaw   = makeEncoder(encodeALaw)
)

// DecodeULaw expands mu-law codes to 16-bit linear samples.
func DecodeULaw(dst []int16, src []byte) {
	dst = dst[:len(src)]
	for i, b := range src {
		dst[i] = fromULaw[b]
	}
}

// DecodeALaw expands A-law codes to 16-bit linear samples.
func DecodeALaw(dst []int16, src []byte) {
	dst = dst[:len(src)]
	for i, b := range src {
		dst[i] = fromALaw[b]
	}
}

// EncodeULaw compresses 16-bit linear samples to mu-law codes.
func EncodeULaw(dst []byte, src []int16) {
	dst = dst[:len(src)]
	for i, s := range src {
		dst[i] = toULaw[uint16(s)>>2]
	}
}

// EncodeALaw compresses 16-bit linear samples to A-law codes.
func EncodeALaw(dst []byte, src []int16) {
	dst = dst[:len(src)]
	for i, s := range src {
		dst[i] = toALaw[uint16(s)>>2]
	}
}

func makeDecoder(decode func(byte) int16) *[256]int16 {
	var t [256]int16
	for i := range t {
		t[i] = decode(byte(i))
	}
	return &t
}

// makeEncoder tabulates by the upper 14 bits, all that either law looks at.
func makeEncoder(encode func(int) byte) *[1 << 14]byte {
	var t [1 << 14]byte
	for i := range t {
		t[i] = encode(int(int16(uint16(i) << 2)))
	}
	return &t
}

const (
	ulawBias = 0x84  // G.711 table 2: 33 in the 14-bit domain, here in 16 bits
	ulawClip = 32635 // largest magnitude that still has a code
)

func decodeULaw(code byte) int16 {
	code = ^code
	magnitude := (int(code&0x0F)<<3 + ulawBias) << (code >> 4 & 7)
	if code&0x80 != 0 {
		return int16(ulawBias - magnitude)
	}
	return int16(magnitude - ulawBias)
}

func encodeULaw(s int) byte {
	sign := byte(0)
	if s < 0 {
		// One's complement on the 14-bit value, as G.711 counts negative steps.
		s, sign = -s-1, 0x80
		s &^= 3
	}
	if s > ulawClip {
		s = ulawClip
	}
	s += ulawBias
	exponent := 7
	for mask := 0x4000; s&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent<<4) | byte(s>>(exponent+3)&0x0F))
}

func decodeALaw(code byte) int16 {
	code ^= 0x55
	magnitude := int(code&0x0F)<<4 + 8
	if exponent := int(code >> 4 & 7); exponent > 0 {
		magnitude = (magnitude + 0x100) << (exponent - 1)
	}
	if code&0x80 != 0 {
		return int16(magnitude)
	}
	return int16(-magnitude)
}

func encodeALaw(s int) byte {
	sign := byte(0x80)
	if s < 0 {
		s, sign = -s-1, 0
	}
	exponent := 7
	for mask := 0x4000; s&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	shift := max(exponent+3, 4)
	return (sign | byte(exponent<<4) | byte(s>>shift&0x0F)) ^ 0x55
}
