# One round of R metafor: rma.uni() on one analysis after the other, by every estimator it shares with Repool.
# Rscript engine_metafor.R SOME.csv FOLDER ESTIMATOR...
# Prints and writes what engine_programs.py does; the time is the processor's for the loop, without the start of R.
suppressPackageStartupMessages(library(metafor))
options(warn = -1)

arguments <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(arguments[1])
folder <- arguments[2]
each <- split(rows[c("y", "v")], rows$analysis)
each <- lapply(each, as.list)
marks <- c(10, 100, length(each))

attempt <- function(one, method) tryCatch({
  fit <- rma.uni(yi = one$y, vi = one$v, method = method)
  c(fit$tau2, fit$b[1], fit$se)
}, error = function(e) c(NaN, NaN, NaN))

elapsed <- function() sum(proc.time()[c("user.self", "sys.self")])
known <- function(method) !anyNA(attempt(list(y = c(0, 1, 3), v = c(1, 1, 1)), method))

for (method in Filter(known, arguments[-(1:2)])) {
  for (one in head(each, 20)) attempt(one, method)  # R compiles a function on its second call
  found <- matrix(NaN, length(each), 3)
  start <- elapsed()
  for (number in seq_along(each)) {
    found[number, ] <- attempt(each[[number]], method)
    if (number %in% marks) {
      cat(method, "fit", number, elapsed() - start, sep = "\t")
      cat("\n")
    }
  }
  lines <- sprintf("%.17g,%.17g,%.17g", found[, 1], found[, 2], found[, 3])
  writeLines(lines, file.path(folder, paste0("metafor-fit-", method, ".csv")))
}
