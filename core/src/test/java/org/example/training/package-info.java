/**
 * Three trainings, as a program outside of Ondol has them: a convolutional network reads digits, an LSTM forecasts temperatures,
 * a transformer learns a text by heart.
 */
package org.example.training;
