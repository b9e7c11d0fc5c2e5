# Sourced: layers of images, made of folders so that the same content has the same bytes.
#
# The caller sets `making`, a folder of its own with `image/` in it, and `epoch`, the time that
# every file says it is of; `diff_ids` and `layers` gather what is made.

# layer FOLDER LIST [TAR OPTION]...   Packs the paths of LIST, each ended by NUL, below FOLDER.
layer() {
    local folder=$1 list=$2 tar=$making/layer.tar digest
    shift 2
    tar --create --file="$tar" --directory="$folder" --format=posix --numeric-owner \
        --mtime="@$epoch" --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \
        "$@" --no-recursion --null --verbatim-files-from --files-from="$list"
    diff_ids+=("$(sha256sum <"$tar" | cut -c1-64)")
    gzip -n -6 "$tar"
    digest=$(sha256sum <"$tar.gz" | cut -c1-64)
    layers+=("$digest")
    mv "$tar.gz" "$making/image/$digest.tar.gz"
}

# each FORMAT ITEM...   The items, formatted and joined by commas.
each() {
    local text
    # shellcheck disable=SC2059
    text=$(printf "$1," "${@:2}")
    printf '%s' "${text%,}"
}

# paths FOLDER [FIND TEST]...   What is below FOLDER, sorted, without what a running system makes.
paths() {
    (
        cd "$1"
        find . -xdev \( -path './dev/*' -o -path './proc/*' -o -path './sys/*' -o -path './run/*' \
            -o -path './var/cache/apt/*' -o -path './var/lib/apt/lists/*' \) -prune \
            -o "${@:2}" -print0 | sort -z
    )
}

# whole_layer ROOT   A layer of all that a system has.
whole_layer() {
    paths "$1" >"$making/base"
    layer "$1" "$making/base"
    touch "$making/base-is-packed"
}

# changes_layer ROOT   A layer of what changed since whole_layer, with marks for what went.
changes_layer() {
    local root=$1 path
    paths "$root" >"$making/now"
    while IFS= read -r -d '' path; do
        [[ ! -d $root/${path%/*} ]] || : >"$root/${path%/*}/.wh.${path##*/}"
    done < <(comm -z -23 "$making/base" "$making/now")
    paths "$root" -cnewer "$making/base-is-packed" >"$making/list"
    layer "$root" "$making/list"
}
